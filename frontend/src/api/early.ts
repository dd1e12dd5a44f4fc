declare global {
  interface Window {
    /** Answers on their way, by address; `public/early.js` has asked for them. */
    early?: Map<string, Promise<Response>>;
  }
}

/** `fetch`, with the answer that was asked for before the page's code had arrived, where there is one. Once each. */
export function fetchOrTake(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const address = pathname + search;
  const answer = request.method === "GET" ? globalThis.window?.early?.get(address) : undefined;
  if (!answer) return fetch(request);
  window.early?.delete(address);
  return answer;
}
