// What a widget shows as a file: pictures as SVG and PNG, and any text.

import { escape } from "./drawing.js";

export function save(name, content, type) {
  const link = document.createElement("a"), url = typeof content === "string" && !content.startsWith("data:")
    ? URL.createObjectURL(new Blob([content], { type })) : content;
  Object.assign(link, { href: url, download: name });
  link.click();
  if (url !== content) setTimeout(() => URL.revokeObjectURL(url));
}

// Pictures side by side in one, with the style that they have in the page; below them lines [words, colour, dash] of a legend.
export function together(pictures, legend = []) {
  const boxes = pictures.map((svg) => svg.viewBox.baseVal), width = boxes.reduce((a, { width: w }) => a + w, 0);
  const rules = [...document.styleSheets].flatMap((sheet) => { try { return [...sheet.cssRules]; } catch { return []; } })
    .filter((rule) => rule.selectorText?.includes("kd-")).map((rule) => rule.cssText.replaceAll(".kd-explorer ", "")).join("");
  let x = 0;
  const parts = pictures.map((svg, k) => {
    const part = `<svg x="${x}" width="${boxes[k].width}" height="${boxes[k].height}" viewBox="0 0 ${boxes[k].width} ${boxes[k].height}">${svg.innerHTML}</svg>`;
    x += boxes[k].width;
    return part;
  });
  const below = legend.map(([words, colour, dash], k) => {
    const y = boxes[0].height + 20 + 18 * k;
    return `<path d="M8 ${y - 4}H36" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/><text x="44" y="${y}">${escape(words)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${boxes[0].height + 18 * legend.length + 8}" font-family="sans-serif" font-size="13">`
    + `<style>${rules.replaceAll("<", "")}</style><rect width="100%" height="100%" fill="#fff"/>${parts.join("")}${below.join("")}</svg>`;
}

export function savePng(name, svg, scale = 2) {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [scale * image.width, scale * image.height];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    save(name, canvas.toDataURL("image/png"));
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
