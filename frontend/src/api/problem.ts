/** A location in an experiment: keys and indices from the top. */
export type Location = readonly (string | number)[];

/** One thing that is wrong, and what to do. */
export interface Problem {
  location: Location;
  message: string;
}

/** A call that the lab refused or that did not reach it; `message` is a sentence for people. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 where no answer came. */
    readonly status: number,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }
}

/** Whether a call failed because the lab, or what stands before it, didn't answer: the same call may succeed later. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && [0, 502, 503, 504].includes(error.status);
}
