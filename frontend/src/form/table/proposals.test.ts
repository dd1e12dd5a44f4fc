import { describe, expect, it } from "vitest";
import { column, file } from "./fixture";
import { Proposals } from "./proposals";

const table = file([
  column({ name: "id", left_out: "counts the rows" }),
  column({ name: "code" }),
  column({ name: "y" }),
]);
const dataset = { file: table.id, target: "y", target_type: "auto", features: null };
const id = { column: "id", why: "counts the rows", tells: false };
const code = { column: "code", why: "tells the target alone", tells: true };

describe("proposals", () => {
  it("are the file's own before a preview has come", () => {
    expect([...new Proposals().reasons(dataset, table)]).toEqual([["id", "counts the rows"]]);
  });

  it("are what the preview leaves out, and stay known once other features are chosen", () => {
    const proposals = new Proposals();
    proposals.learn(dataset, { left_out: [id, code] });
    proposals.learn({ ...dataset, features: ["id", "code"] }, { left_out: [] });
    const known = [
      ["id", "counts the rows"],
      ["code", "tells the target alone"],
    ];
    expect([...proposals.reasons({ ...dataset, features: ["id", "code"] }, table)]).toEqual(known);
    expect([...proposals.reasons({ ...dataset, target: "code" }, table)]).toEqual([["id", "counts the rows"]]);
    // Where all would be left out, the lab takes some all the same.
    proposals.learn(dataset, { left_out: [code] });
    expect([...proposals.reasons(dataset, table).keys()]).toEqual(["code"]);
  });

  it("have what tells the target where no more is known", () => {
    const proposals = new Proposals();
    const chosen = { ...dataset, features: ["id"] };
    proposals.learn(chosen, { left_out: [code] });
    expect([...proposals.reasons(chosen, table).keys()]).toEqual(["code", "id"]);
  });
});
