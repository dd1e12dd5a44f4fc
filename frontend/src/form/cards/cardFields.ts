/** The fields of every card, which are fetched as one file. */
export { SweepFields } from "../sweep/SweepFields";
export { ArmsFields } from "./ArmsFields";
export { DataFields } from "./DataFields";
export { NetworkFields } from "./NetworkFields";
export { SeedsFields } from "./SeedsFields";
export { TrainingFields } from "./TrainingFields";
