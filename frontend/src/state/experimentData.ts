import { api } from "../api/client";
import type { VerdictView } from "../api/types";
import { Clock } from "./clock";
import { type Frames, framesOf } from "./frames";
import { Growing } from "./growing";
import { type ArmNorms, normsOf } from "./norms";

/** The data of one experiment fetched beside its log, once a view needs it, and the epoch that the views show. */
export class ExperimentData {
  readonly clock = new Clock();
  /** By arm. */
  readonly frames: Growing<Frames>;
  readonly norms: Growing<ArmNorms[]>;
  readonly verdict: Growing<VerdictView>;

  constructor(readonly id: string) {
    this.frames = new Growing(async (arm) => framesOf(await api.frames(id, arm)), 300);
    this.norms = new Growing(async () => normsOf(await api.norms(id)), 500);
    this.verdict = new Growing(() => api.verdict(id), 500);
  }

  end(): void {
    for (const growing of [this.frames, this.norms, this.verdict]) growing.end();
    if (this.clock.playing()) this.clock.pause();
  }
}
