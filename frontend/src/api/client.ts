import type { Catalog } from "./catalog";
import { ApiError, type Problem } from "./problem";
import type {
  CheckView,
  ContestAnswer,
  Curves,
  ExperimentList,
  ExperimentView,
  ExportFormat,
  ExportList,
  FileView,
  Preset,
  PresetList,
  Preview,
  SweepAnswer,
  SystemView,
  VerdictView,
  WrittenFrames,
  WrittenNorms,
} from "./types";

const UNREACHABLE = "The service does not answer. Check that it is running, then try again.";

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "location" in value && "message" in value;
}

async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const { detail, errors } = (typeof body === "object" && body ? body : {}) as { detail?: unknown; errors?: unknown };
  const sentence = typeof detail === "string" ? detail : `The service answered ${response.status}.`;
  // A proxy in between answers 502 or 504 where the service is down.
  const message = [502, 504].includes(response.status) ? UNREACHABLE : sentence;
  return new ApiError(message, response.status, Array.isArray(errors) ? errors.filter(isProblem) : []);
}

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(UNREACHABLE, 0);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call(path, signal ? { signal } : {})).json() as Promise<T>;
}

async function post<T>(path: string, body?: unknown, init: RequestInit = {}): Promise<T> {
  const headers = { ...(init.headers as Record<string, string>), "Content-Type": "application/json" };
  const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  return (await call(path, { ...init, method: "POST", ...sent })).json() as Promise<T>;
}

const at = (id: string) => `/experiments/${encodeURIComponent(id)}`;

export const api = {
  catalog: () => get<Catalog>("/catalog"),
  presets: () => get<PresetList>("/presets"),
  preset: (name: string) => get<Preset>(`/presets/${encodeURIComponent(name)}`),
  preview: (dataset: unknown, split: unknown, signal?: AbortSignal) =>
    post<Preview>("/datasets/preview", { dataset, split }, signal ? { signal } : {}),
  files: () => get<{ files: FileView[] }>("/datasets/files"),
  upload: async (file: File): Promise<FileView> => {
    const init = { method: "POST", headers: { "Content-Type": "text/csv" }, body: file };
    return (await call(`/datasets/files?${new URLSearchParams({ name: file.name })}`, init)).json();
  },
  check: (experiment: unknown, signal?: AbortSignal) =>
    post<CheckView>("/experiments/check", experiment, signal ? { signal } : {}),
  /** `key` makes a repeat of the same call return the first one's experiment. */
  create: (experiment: unknown, key: string) =>
    post<ExperimentView>("/experiments", experiment, { headers: { "Idempotency-Key": key } }),
  experiments: (query: { q?: string; status?: string; cursor?: string }, signal?: AbortSignal) => {
    const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
    return get<ExperimentList>(`/experiments?${new URLSearchParams([...given, ["limit", "30"]])}`, signal);
  },
  experiment: (id: string) => get<ExperimentView>(at(id)),
  /** The curves, at most `points` epochs of each where given. */
  curves: (id: string, points?: number) => get<Curves>(`${at(id)}/curves${points ? `?points=${points}` : ""}`),
  /** How score, gap and norms answer to the values of its sweep. */
  sweep: (id: string) => get<SweepAnswer>(`${at(id)}/sweep`),
  /** Its families of arms, each by its best trial. */
  contest: (id: string) => get<ContestAnswer>(`${at(id)}/contest`),
  /** Norms of every weight over time, arm by arm. */
  norms: (id: string) => get<WrittenNorms>(`${at(id)}/norms`),
  /** Norms of units, their weights and the decision boundary of an arm's first seed, snapshot by snapshot. */
  frames: (id: string, arm: string) => get<WrittenFrames>(`${at(id)}/frames?${new URLSearchParams({ arm })}`),
  verdict: (id: string) => get<VerdictView>(`${at(id)}/verdict`),
  eventsAddress: (id: string, after: string) => `/api${at(id)}/events?after=${encodeURIComponent(after)}`,
  act: (id: string, verb: "cancel" | "pause" | "resume") => post<ExperimentView>(`${at(id)}/${verb}`),
  reveal: (id: string) => post<ExperimentView>(`${at(id)}/reveal`),
  /** The formats in which experiments can be exported. */
  exports: (signal?: AbortSignal) => get<ExportList>("/exports", signal),
  /** Address of an export; of one arm, where given and the format takes one. */
  exportAddress: (id: string, format: ExportFormat["name"], arm?: string) =>
    `/api${at(id)}/export/${format}${arm === undefined ? "" : `?${new URLSearchParams({ arm })}`}`,
  system: (signal?: AbortSignal) => get<SystemView>("/system", signal),
  remove: (id: string) => call(at(id), { method: "DELETE" }).then(() => undefined),
};
