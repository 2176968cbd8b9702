// Around allauth's passkey scripts: starts the forms [data-passkey="login"] (authenticate, add),
// shows them where there are passkeys (else [data-no-passkey] stays), and says in words what went
// wrong.
(() => {
  // A passkey belongs to a name: at a bare IP address, like 127.0.0.1, browsers make none.
  const isNumber = /^[\d.]+$|:/.test(location.hostname);
  if (!window.PublicKeyCredential || isNumber) return;

  const forms = window.allauth.webauthn.forms;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    const kind = form.dataset.passkey;
    const ids = { [kind]: form.querySelector("button").id, credential: form.elements.credential.id };
    ids.passwordless = form.elements.passwordless?.id;
    if (document.getElementById("js_data")) ids.data = "js_data";
    forms[`${kind}Form`]({ ids });
    form.hidden = false;
  }
  for (const part of document.querySelectorAll("[data-no-passkey]")) part.hidden = true;

  const trouble = document.querySelector("[data-passkey-trouble]");
  document.addEventListener("allauth.error", (event) => {
    if (!trouble) return;
    event.preventDefault();
    const isKnown = event.detail.exception?.name === "InvalidStateError";
    trouble.querySelector("p").textContent = isKnown ? trouble.dataset.known : trouble.dataset.other;
    trouble.hidden = false;
    trouble.focus();
  });
})();
