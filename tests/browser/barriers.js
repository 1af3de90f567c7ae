// Finds accessibility faults of a page. Yields a sentence for each. Runs after colours.js.
const faults = [];
const all = (css) => [...document.querySelectorAll(css)];
const describe = (element) => `<${element.localName}${element.id ? " #" + element.id : ""}> ${element.textContent.trim().slice(0, 40)}`;
const box = (element) => element.getBoundingClientRect();
// An element that is off screen until it has the focus, such as a skip link, is not visible.
const isVisible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box(element).width > 0 && box(element).right > 0;
const byIds = (ids) => (ids ?? "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id));
const read = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute("aria-hidden") === "true" || node.hidden) return "";
  return node.localName === "img" ? node.alt : [...node.childNodes].map(read).join(" ");
};
// The same, without what is not displayed.
const readShown = (node) => {
  if (node.nodeType === Node.ELEMENT_NODE && getComputedStyle(node).display === "none") return "";
  return node.childNodes.length && node.getAttribute("aria-hidden") !== "true" ? [...node.childNodes].map(readShown).join(" ") : read(node);
};
const name = (element) => {
  const labelled = byIds(element.getAttribute("aria-labelledby")).map((label) => label ? read(label) : "").join(" ");
  const labels = [...(element.labels ?? [])].map(read).join(" ");
  const fromContent = ["a", "button", "summary"].includes(element.localName) ? readShown(element) : "";
  return (labelled || element.getAttribute("aria-label") || labels || element.alt || fromContent || "").trim();
};

// The page
if (!document.documentElement.lang) faults.push("the page does not say its language");
if (!document.title.trim()) faults.push("the page has no title");
if (all("h1").filter(isVisible).length !== 1) faults.push(`the page has ${all("h1").filter(isVisible).length} h1`);
if (all("main").length !== 1) faults.push(`the page has ${all("main").length} main`);
if (!document.querySelector("meta[name=viewport]")) faults.push("the page does not fit itself to a phone");
if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page scrolls sideways at ${innerWidth} px: ${document.documentElement.scrollWidth} px`);
all("h1, h2, h3, h4, h5, h6").filter(isVisible).reduce((before, heading) => {
  const level = Number(heading.localName[1]);
  if (level > before + 1) faults.push(`a heading skips a level: ${describe(heading)}`);
  return level;
}, 0);
const ids = all("[id]").map((element) => element.id);
for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`two elements have the id ${id}`);
for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
  for (const element of all(`[${attribute}]`)) {
    if (byIds(element.getAttribute(attribute)).includes(null)) faults.push(`${attribute} leads nowhere: ${describe(element)}`);
  }
}
for (const link of all('a[href^="#"]')) {
  if (!document.getElementById(link.hash.slice(1))) faults.push(`the link leads nowhere: ${describe(link)}`);
}

// Names
const controls = all("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]").filter(isVisible);
for (const control of controls) {
  const container = control.tabIndex < 0 && !control.matches("a, button, input, select, textarea");
  if (!container && !name(control)) faults.push(`no name: ${describe(control)}`);
  if (control.tabIndex > 0) faults.push(`the order of focus is forced: ${describe(control)}`);
  if (control.getAttribute("aria-invalid") === "true" && !control.getAttribute("aria-describedby")) faults.push(`the error is not tied to its field: ${describe(control)}`);
}
for (const image of all("img:not([alt])")) faults.push(`no alternative text: ${image.src}`);
for (const picture of all("svg:not([aria-hidden=true])")) if (!name(picture)) faults.push("a drawing has neither a name nor is it hidden");
for (const list of all("ul, ol")) if ([...list.children].some((item) => item.localName !== "li")) faults.push(`a list holds something else: ${describe(list)}`);

// Speech input names a control by the text that it shows (WCAG 2.2, 2.5.3).
const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean).join(" ");
for (const control of all("a[href], button, summary").filter(isVisible)) {
  if (!words(name(control)).includes(words(readShown(control)))) faults.push(`the name ${name(control)} does not contain its text: ${describe(control)}`);
}

// Landmarks of one kind have different names.
const landmarks = all("nav, aside, main, section, form, [role=search], [role=region]").filter(isVisible).map((element) => {
  const kind = element.getAttribute("role") ?? { section: "region" }[element.localName] ?? element.localName;
  return `${kind} ${words(element.getAttribute("aria-label") || byIds(element.getAttribute("aria-labelledby")).map(read).join(" "))}`;
}).filter((landmark) => !["region ", "form "].includes(landmark));
for (const landmark of new Set(landmarks.filter((landmark, at) => landmarks.indexOf(landmark) !== at))) faults.push(`two landmarks are ${landmark}`);

// Regions that scroll
for (const region of all("body *").filter((element) => !element.matches("input, textarea, select") && isVisible(element))) {
  const { overflowX, overflowY } = getComputedStyle(region);
  const scrolls = (overflow, by) => ["auto", "scroll"].includes(overflow) && by > 1;
  if (!scrolls(overflowX, region.scrollWidth - region.clientWidth) && !scrolls(overflowY, region.scrollHeight - region.clientHeight)) continue;
  if (region.tabIndex < 0 && !controls.some((control) => control.tabIndex >= 0 && region.contains(control))) faults.push(`cannot be scrolled with the keyboard: ${describe(region)}`);
}

// Sizes (WCAG 2.2, 2.5.8, requires 24; our pages require more). A link within a sentence is as high as its line, and a
// control with a label can be activated by the label as well.
const least = { hosted: 44, wide: 44, console: 32 }[document.body.className] ?? 24;
for (const control of controls.filter((control) => control.tabIndex >= 0)) {
  const targets = [control, ...(control.labels ?? [])].map(box);
  const width = Math.max(...targets.map((target) => target.width));
  const height = Math.max(...targets.map((target) => target.height));
  const sentence = control.localName === "a" && getComputedStyle(control).display === "inline" && control.parentElement.textContent.trim() !== control.textContent.trim();
  if (!sentence && (height < least - 0.5 || width < 24)) faults.push(`too small, ${Math.round(width)} x ${Math.round(height)}: ${describe(control)}`);
}

// Contrast (WCAG 2.2, 1.4.3, with 4.5 for large text as well, and 7 for body text)
const opacity = (element) => element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1;
for (const element of all("body, body *").filter((element) => getComputedStyle(element).backgroundImage !== "none")) {
  faults.push(`contrast cannot be measured over a picture: ${describe(element)}`);
}
const texts = new Set(all("input:not([type=hidden]), textarea").filter(isVisible));
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const parent = walker.currentNode.parentElement;
  if (walker.currentNode.textContent.trim() && isVisible(parent) && !parent.closest("script, style, noscript")) texts.add(parent);
}
for (const text of texts) {
  const below = ground(text);
  const ink = colour(getComputedStyle(text).color);
  ink[3] *= opacity(text);
  const ratio = contrast(over(ink, below), below);
  const body = text.matches("p, li, dd, td, th") && !text.closest(".error, .status");
  const least = body ? 7 : 4.5;
  if (ratio < least) faults.push(`contrast ${ratio.toFixed(2)}: ${describe(text)}`);
}
for (const field of all("input:not([type=hidden], [type=checkbox]), select, textarea").filter(isVisible)) {
  const ratio = contrast(colour(getComputedStyle(field).borderTopColor), ground(field.parentElement));
  if (ratio < 3) faults.push(`the edge of a field has contrast ${ratio.toFixed(2)}: ${describe(field)}`);
}
return faults;
