// Submits the response to the app at once, but not again if the user navigates back.
"use strict";
if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") {
  HTMLFormElement.prototype.submit.call(document.getElementById("response"));
}
