/** Types of the API under the page's names. They are generated from its OpenAPI schema: `npm run types`. */
import type { FetchResponse } from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

/** The payload as the client types it: openapi-fetch turns tuples into arrays. */
type Received<Operation extends Record<string | number, unknown>> = NonNullable<
  FetchResponse<Operation, object, "application/json">["data"]
>;

export type ExperimentView = Schemas["ExperimentView"];
export type ExperimentSummary = Schemas["SummaryView"];
export type UnreadableExperiment = Schemas["UnreadableView"];
export type RunView = Schemas["RunView"];
export type ArmView = Schemas["ArmView"];
export type Spread = Schemas["SpreadView"];
export type WeightReport = Schemas["WeightView"];
export type Metrics = NonNullable<RunView["metrics"]>;
export type Published = Schemas["PublishedView"];
export type Curves = Schemas["CurvesView"];
export type CurveColumns = Omit<Schemas["CurveView"], "arm" | "seed">;
/** Norms of weights over time, and the frames of one run, as they are written. */
export type WrittenNorms = Received<paths["/api/experiments/{experiment}/norms"]["get"]>;
export type WrittenFrames = Received<paths["/api/experiments/{experiment}/frames"]["get"]>;
/** Part of the plane of a unit's two weights. */
export type FeasibleSet = Schemas["GeometryView"]["feasible"][number];
export type FramePoints = Schemas["PointsView"];
export type VerdictView = Schemas["VerdictView"];
export type ArmVerdict = Schemas["ArmVerdictView"];
export type Difference = Schemas["DifferenceView"];
export type CheckView = Schemas["CheckView"];
export type Preview = Schemas["PreviewView"];
export type PointsSample = Schemas["PointsSampleView"];
export type ImagesSample = Schemas["ImagesSampleView"];
export type SeriesSample = Schemas["SeriesSampleView"];
/** An uploaded table. */
export type FileView = Schemas["FileView"];
/** An uploaded file of arrays or pictures. */
export type ArraysFile = Schemas["ArraysView"];

export type UploadedFile = FileView | ArraysFile;

/** Whether an uploaded file is a table, by what is told of it. */
export function isTable(file: UploadedFile): file is FileView {
  return "reading" in file;
}
export type ColumnView = Schemas["ColumnView"];
export type Reading = Schemas["Reading"];
export type PresetList = Schemas["PresetsView"];
export type SweepAnswer = Schemas["SweepView"];
export type ComparisonAnswer = Schemas["ContestView"];
export type ExportFormat = Schemas["ExportView"];
export type SuiteView = Schemas["SuiteView"];
export type SuiteSummary = Schemas["SuiteSummaryView"];
export type SuiteVerdict = Schemas["SuiteVerdictView"];
export type SuiteArm = Schemas["SuiteArmView"];
export type SuiteDatasetVerdict = Schemas["SuiteDatasetVerdictView"];
export type SuitePreset = Schemas["SuitePresetSummary"];
/** Rows of a set with a run's predictions. */
export type Predictions = Received<paths["/api/experiments/{experiment}/runs/{arm}/{seed}/predictions"]["get"]>;
/** Predictions for new rows. */
export type NewPredictions = Schemas["NewPredictionsView"];
export type PredictedRow = Schemas["PredictedRowView"];
export type SystemView = Schemas["SystemView"];
export type Status = RunView["status"];
/** Name of the score: accuracy, or r² in regression. */
export type Score = ExperimentView["score"];
