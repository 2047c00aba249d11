"use strict";

// Swaps the one-time code in the address for a cookie, then says who is signed in.
(async () => {
  const prefix = document.currentScript?.dataset.prefix ?? document.querySelector("script[data-prefix]").dataset.prefix;
  const who = document.getElementById("who");
  const session = `${prefix}/api/v1/session`;
  const code = new URLSearchParams(location.hash.slice(1)).get("t");
  try {
    if (code) {
      // Out of the address and of the history before anything else: it is a secret, though for once only.
      history.replaceState(null, "", location.pathname);
      const headers = { "Content-Type": "application/json" };
      const swapped = await fetch(session, { method: "POST", headers, body: JSON.stringify({ code }) });
      if (!swapped.ok) {
        who.textContent = `${(await swapped.json()).detail} Ask for a new link with: testrunner open`;
        return;
      }
    }
    const answer = await fetch(session);
    if (answer.ok) {
      const { subject, role } = await answer.json();
      who.textContent = `Signed in as ${subject} (${role}).`;
    } else {
      who.textContent = "Not signed in. A link that signs you in is printed by: testrunner open";
    }
  } catch (error) {
    who.textContent = `The server does not answer: ${error.message}`;
  }
})();
