// The focus ring, and its contrast to the element's surroundings. Runs after colours.js.
const at = document.activeElement;
const style = getComputedStyle(at);
const box = at.getBoundingClientRect();
const around = ground(at.parentElement);
return {
  name: (at.getAttribute("aria-label") || at.textContent || at.id).trim().slice(0, 80),
  id: at.id,
  outline: style.outlineStyle,
  width: parseFloat(style.outlineWidth),
  contrast: contrast(over(colour(style.outlineColor), around), around),
  inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
};
