// Asks the browser for a passkey, and submits its answer to the challenge with the form.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const [kind, keys, note] = [form.dataset.passkey, window.PublicKeyCredential, form.querySelector("[role=alert]")];
  const parse = kind === "create" ? keys?.parseCreationOptionsFromJSON : keys?.parseRequestOptionsFromJSON;
  if (!parse) continue;
  let waiting;
  const ask = async (mediation) => {
    waiting?.abort();
    waiting = new AbortController();
    note.hidden = true;
    try {
      const publicKey = parse.call(keys, JSON.parse(form.dataset.options));
      const answer = await navigator.credentials[kind]({ publicKey, signal: waiting.signal, ...mediation });
      form.elements.credential.value = JSON.stringify(answer);
      form.submit();
    } catch (error) {
      if (error.name === "AbortError" || mediation) return;
      note.hidden = false;
      note.textContent = error.name === "InvalidStateError"
        ? "This device already has a passkey for your account."
        : "Your browser did not provide a passkey. Try again, or use another way.";
    }
  };
  form.hidden = false;
  document.querySelector("[data-no-passkey]")?.remove();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  if (kind === "get" && document.querySelector("[autocomplete~=webauthn]")) {
    keys.isConditionalMediationAvailable?.().then((offers) => offers && ask({ mediation: "conditional" }));
  }
}
