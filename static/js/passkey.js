// Around allauth's passkey scripts: shows [data-passkey] where there are passkeys (else
// [data-no-passkey] stays), and says in words what went wrong.
(() => {
  // A passkey belongs to a name: at a bare IP address, like 127.0.0.1, browsers make none.
  const isNumber = /^[\d.]+$|:/.test(location.hostname);
  if (!window.PublicKeyCredential || isNumber) return;
  for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = false;
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
