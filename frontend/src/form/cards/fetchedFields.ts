import { fetched } from "../../ui/fetched";

const load = () => import("./cardFields");

// A card is closed to begin with, and shows a line of text.
export const ArmsFields = fetched(async () => (await load()).ArmsFields);
export const DataFields = fetched(async () => (await load()).DataFields);
export const NetworkFields = fetched(async () => (await load()).NetworkFields);
export const SeedsFields = fetched(async () => (await load()).SeedsFields);
export const SweepFields = fetched(async () => (await load()).SweepFields);
export const TrainingFields = fetched(async () => (await load()).TrainingFields);

/** What fetches the fields of each card. They share one file. */
export const fieldsLoads = [ArmsFields, DataFields, NetworkFields, SeedsFields, SweepFields, TrainingFields].map(
  ({ load }) => load,
);
