// The answers that every page begins with, asked for while its code is still on the way; `src/api/early.ts` takes them.
(() => {
  const addresses = ["/api/catalog", "/api/presets"];
  let hasDraft = false;
  try {
    hasDraft = sessionStorage.getItem("set-up") !== null;
  } catch {
    // Storage is blocked: there is no draft.
  }
  if (!hasDraft) addresses.push("/api/presets/tutorial");
  window.early = new Map();
  for (const address of addresses) {
    const answer = fetch(address);
    answer.catch(() => undefined); // who takes it is told
    window.early.set(address, answer);
  }
})();
