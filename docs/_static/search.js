// Excerpts that read: of a page only its text, without code and buttons, and its formulas as far as they are words.
addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const greek = { alpha: "α", beta: "β", partial: "∂", approx: "≈", times: "×", le: "≤", ge: "≥" };
  const plain = (tex) => {
    const words = tex.replace(/^\s*\\\(|\\\)\s*$/g, "").replace(/\\([a-z]+)/gi, (all, name) => greek[name] ?? all);
    return /[\\{}^]/.test(words) ? "…" : words;
  };
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html").querySelector(".bd-article");
    const part = (anchor && page?.querySelector(anchor)) || page;
    if (!part) return "";
    part.querySelectorAll(".headerlink, script, style, .cell_input, .cell_output, .highlight, div.math, .kd-taught")
      .forEach((node) => node.remove());
    part.querySelectorAll(".math").forEach((node) => { node.textContent = plain(node.textContent); });
    return part.textContent.replace(/\s+/g, " ");
  };
});
