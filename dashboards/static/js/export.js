// A chart as a PNG to paste into a report: title, legend, plot, and the stretch it shows.

export function exportPng(figure, plot, moment) {
  const ratio = devicePixelRatio;
  const style = getComputedStyle(document.documentElement);
  const canvas = document.createElement("canvas");
  const edge = 16 * ratio, head = 56 * ratio, foot = 28 * ratio;
  const source = plot.ctx.canvas;
  canvas.width = source.width + 2 * edge;
  canvas.height = source.height + head + foot;
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = getComputedStyle(document.querySelector("html")).backgroundColor;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.fillStyle = style.color;
  ctx.font = `600 ${15 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  const title = figure.querySelector("h3").textContent.trim();
  const where = document.querySelector("h1").textContent.replace(/\s+/g, " ").trim();
  ctx.fillText(`${where}: ${title}`, edge, 24 * ratio);
  ctx.font = `${12 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  let left = edge;
  for (const item of figure.querySelectorAll(".legend li")) {
    ctx.fillStyle = getComputedStyle(item.querySelector("i")).color;
    ctx.fillRect(left, 39 * ratio, 14 * ratio, 3 * ratio);
    ctx.fillStyle = style.color;
    const text = item.textContent.replace(/\s+/g, " ").trim();
    ctx.fillText(text, left + 20 * ratio, 44 * ratio);
    left += ctx.measureText(text).width + 40 * ratio;
  }
  ctx.drawImage(source, edge, head);
  const [from, to] = [plot.scales.x.min, plot.scales.x.max];
  ctx.fillText(`${moment.format(from * 1000)} – ${moment.format(to * 1000)} · ${moment.resolvedOptions().timeZone}`, edge, canvas.height - 10 * ratio);
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${`${where} ${title}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}
