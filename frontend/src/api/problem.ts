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
