import { errorFrom, UNREACHABLE } from "./client";
import { ApiError } from "./problem";
import type { UploadedFile } from "./types";

const ADDRESS = "/api/datasets/files";

/**
 * Uploads the bytes of `file` as they are: the lab reads them. Calls `onSent` with the number of bytes sent so far, which
 * `fetch` can't tell. Throws an `ApiError` where the file is refused, and the reason of `signal` where it is aborted.
 */
export async function uploadFile(
  file: File,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<UploadedFile> {
  const response = await sent(file, onSent, signal);
  if (!response.ok) throw await errorFrom(response);
  return response.json();
}

function sent(file: File, onSent: (bytes: number) => void, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", `${ADDRESS}?${new URLSearchParams({ name: file.name })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.upload.onload = () => onSent(file.size);
    request.onload = () => {
      const headers = { "Content-Type": request.getResponseHeader("Content-Type") ?? "" };
      resolve(new Response(request.responseText, { status: request.status, headers }));
    };
    request.onerror = () => reject(new ApiError(UNREACHABLE, 0));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    request.send(file);
  });
}
