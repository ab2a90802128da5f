// Random numbers as torch and NumPy draw them: the same seeds give the same people, weights and shuffles as kdlib.

// torch's CPU generator, MT19937: `next` is 32 bits, `uniform` a float64 in [0, 1), `permutation` torch.randperm.
export class Generator {
  constructor(seed) {
    const state = (this.state = new Uint32Array(624));
    state[0] = seed;
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    this.at = 624;
  }

  next() {
    if (this.at === 624) this.twist();
    let y = this.state[this.at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  twist() {
    const s = this.state;
    for (let i = 0; i < 624; i++) {
      const y = (s[i] & 0x80000000) | (s[i < 623 ? i + 1 : 0] & 0x7fffffff);
      s[i] = s[i < 227 ? i + 397 : i - 227] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }

  // Two outputs make 64 bits, the high word first; the low 53 count.
  uniform() {
    const high = this.next() & 0x1fffff, low = this.next();
    return (high * 2 ** 32 + low) / 2 ** 53;
  }

  permutation(n) {
    const rows = new Int32Array(n);
    for (let i = 0; i < n; i++) rows[i] = i;
    for (let i = 0; i < n - 1; i++) {
      const j = i + (this.next() % (n - i)), kept = rows[i];
      rows[i] = rows[j];
      rows[j] = kept;
    }
    return rows;
  }
}

// The first state word of NumPy's SeedSequence(entropy), for a list of numbers below 2**32.
export function seedSequence(entropy) {
  let constant = 0x43b0d7e5;
  const scramble = (value, factor) => {
    value ^= constant;
    constant = Math.imul(constant, factor);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const hash = (value) => scramble(value, 0x931e8875);
  const mix = (x, y) => {
    const mixed = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
    return mixed ^ (mixed >>> 16);
  };
  const pool = [0, 1, 2, 3].map((i) => hash(entropy[i] ?? 0));
  for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) if (i !== j) pool[j] = mix(pool[j], hash(pool[i]));
  for (const word of entropy.slice(4)) for (let j = 0; j < 4; j++) pool[j] = mix(pool[j], hash(word));
  constant = 0x8b51f9dd;
  return scramble(pool[0], 0x58f38ded) >>> 0;
}
