// Block Kit as elements. `room` knows people, channels, pictures, the zone, and what to do on a click.

import { el, link } from "./elements.js";
import { emoji } from "./emoji.js";
import { date, inline, mention, mrkdwn } from "./mrkdwn.js";

export function text(object, room) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, room);
  const shown = object.emoji === false ? object.text : object.text.replace(/:([a-z0-9_+-]+):/g, (_, name) => emoji(name));
  return shown.split("\n").flatMap((line, place) => (place ? [el("br"), line] : [line]));
}

function picture(block, room) {
  const key = block.slack_file?.id || block.slack_file?.url?.split("/").at(-2);
  if (key) return el("img", { src: `/files-pri/T-${key}/${key}/picture`, alt: block.alt_text });
  // The page loads nothing from other servers: a picture of the web is a link to it.
  return link(block.image_url, "🖼 " + block.alt_text);
}

const DRAW = {
  header: (block, room) => el("h3", { class: "b-header" }, text(block.text, room)),
  divider: () => el("hr"),
  section: (block, room) =>
    el(
      "div",
      { class: "b-section" },
      el(
        "div",
        { class: "b-body" },
        block.text ? el("div", {}, text(block.text, room)) : null,
        block.fields ? el("div", { class: "b-fields" }, block.fields.map((field) => el("div", {}, text(field, room)))) : null,
      ),
      block.accessory ? el("div", { class: "b-accessory" }, element(block.accessory, block, room)) : null,
    ),
  context: (block, room) =>
    el("div", { class: "b-context" }, block.elements.map((one) => (one.type === "image" ? picture(one, room) : el("span", {}, text(one, room))))),
  image: (block, room) =>
    el("figure", { class: "b-image" }, block.title ? el("figcaption", {}, text(block.title, room)) : null, picture(block, room)),
  actions: (block, room) => el("div", { class: "b-actions" }, block.elements.map((one) => element(one, block, room))),
  rich_text: (block, room) => el("div", { class: "b-rich" }, block.elements.map((one) => rich(one, room))),
  markdown: (block, room) => el("div", { class: "b-section" }, mrkdwn(block.text.replaceAll("**", "*"), room)),
  input: (block, room) => input(block, room),
};

export function draw(blocks, room) {
  return blocks.map((block) => (DRAW[block.type] || unknown)(block, room));
}

function unknown(block) {
  return el("p", { class: "b-context" }, `[${block.type}]`);
}

function element(one, block, room) {
  if (one.type === "image") return picture(one, room);
  if (one.type === "button") return button(one, block, room);
  const options = one.options || (one.option_groups || []).flatMap((group) => group.options);
  if (!options.length) return el("span", { class: "b-context" }, `[${one.type}]`);
  const name = one.placeholder?.text || (one.type === "overflow" ? "More…" : "Choose…");
  const list = el(
    "select",
    { "aria-label": name, onchange: () => room.click(list, one, block, list.value) },
    el("option", { value: "" }, name),
    options.map((option) => el("option", { value: option.value, selected: option.value === one.initial_option?.value }, option.text.text)),
  );
  return list;
}

function button(one, block, room) {
  const key = `button ${one.style || ""}`;
  const label = { "aria-label": one.accessibility_label, "data-action": one.action_id };
  if (one.url) {
    const anchor = link(one.url, text(one.text, room));
    anchor.className = key;
    anchor.dataset.action = one.action_id;
    anchor.addEventListener("click", () => room.click(anchor, one, block));
    return anchor;
  }
  const node = el("button", { type: "button", class: key, ...label, onclick: () => room.click(node, one, block) }, text(one.text, room));
  return node;
}

function input(block, room) {
  const one = block.element;
  const options = one.options || [];
  const field = options.length
    ? el("select", { name: block.block_id }, options.map((option) => el("option", { value: option.value }, option.text.text)))
    : one.multiline
      ? el("textarea", { name: block.block_id, rows: 3 }, one.initial_value || "")
      : el("input", { name: block.block_id, value: one.initial_value, placeholder: one.placeholder?.text });
  field.required = !block.optional;
  return el("label", { class: "b-input" }, el("span", {}, text(block.label, room)), field, block.hint ? el("small", {}, text(block.hint, room)) : null);
}

// The values of a dialog's inputs, as view.state.values has them.
export function values(view, form) {
  const found = {};
  for (const block of view.blocks.filter((one) => one.type === "input")) {
    const given = form.elements[block.block_id]?.value ?? "";
    const option = (block.element.options || []).find((one) => one.value === given);
    const value = block.element.options ? { selected_option: option || null } : { value: given || null };
    found[block.block_id] = { [block.element.action_id]: { type: block.element.type, ...value } };
  }
  return found;
}

function rich(block, room) {
  const parts = () => block.elements.map((one) => richPart(one, room));
  if (block.type === "rich_text_list") {
    return el(block.style === "ordered" ? "ol" : "ul", {}, block.elements.map((one) => el("li", {}, rich(one, room))));
  }
  if (block.type === "rich_text_quote") return el("blockquote", {}, parts());
  if (block.type === "rich_text_preformatted") return el("pre", {}, parts());
  return el("div", {}, parts());
}

function richPart(one, room) {
  const style = one.style || {};
  let node;
  if (one.type === "link") node = link(one.url, one.text || one.url);
  else if (one.type === "emoji") node = emoji(one.name);
  else if (one.type === "user") node = mention("@" + (room.people.get(one.user_id)?.name || one.user_id));
  else if (one.type === "channel") node = mention("#" + (room.channels.get(one.channel_id)?.name || one.channel_id));
  else if (one.type === "broadcast") node = mention("@" + one.range);
  else if (one.type === "date") node = date(`!date^${one.timestamp}^${one.format}|${one.fallback || ""}`, room);
  else node = el("span", {}, String(one.text ?? "").split("\n").flatMap((line, place) => (place ? [el("br"), line] : [line])));
  for (const [name, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]]) {
    if (style[name]) node = el(tag, {}, node);
  }
  return node;
}

// What the older attachments still can say.
export function attachment(one, room) {
  const node = el(
    "div",
    { class: "b-attachment" },
    one.pretext ? el("div", {}, inline(one.pretext, room)) : null,
    one.title ? el("strong", {}, one.title_link ? link(one.title_link, one.title) : one.title) : null,
    one.text ? el("div", {}, mrkdwn(one.text, room)) : null,
    one.blocks ? draw(one.blocks, room) : null,
  );
  if (/^#[0-9a-f]{6}$/i.test(one.color || "")) node.style.borderColor = one.color;
  return node;
}
