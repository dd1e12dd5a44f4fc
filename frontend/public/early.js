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
  // What the place itself shows. A path's id is taken as it stands in the address.
  const { pathname } = window.location;
  const shown = /^\/experiments\/([^/]+)$/.exec(pathname);
  if (shown) addresses.push(`/api/experiments/${shown[1]}`);
  else if (pathname === "/experiments") addresses.push("/api/experiments?q=&limit=30");
  window.early = new Map();
  for (const address of addresses) {
    const answer = fetch(address);
    answer.catch(() => undefined); // who takes it is told
    window.early.set(address, answer);
  }
})();
