import { describe, expect, it } from "vitest";
import { CURVE_OPTIONS, type CurveOptions } from "./curveOptions";
import { optionsIn, withOptions } from "./optionsInAddress";

describe("options in an address", () => {
  it("come back, beside what else it has", () => {
    const options: CurveOptions = {
      family: "loss",
      log: true,
      logLoss: true,
      together: true,
      smoothing: 25,
      zoom: [12.5, 3000],
    };
    const written = withOptions(new URLSearchParams("view=curves"), options);
    expect(written.get("view")).toBe("curves");
    expect(optionsIn(new URLSearchParams(written.toString()))).toEqual(options);
    expect(withOptions(written, CURVE_OPTIONS).toString()).toBe("view=curves");
  });

  it("are as the browser remembers them only where it says nothing", () => {
    const remembered: CurveOptions = { ...CURVE_OPTIONS, family: "loss", smoothing: 5, zoom: [10, 20] };
    expect(optionsIn(new URLSearchParams("view=curves"), remembered)).toEqual(remembered);
    const said = optionsIn(new URLSearchParams("zoom=1,2"), remembered);
    expect(said).toEqual({ ...CURVE_OPTIONS, zoom: [1, 2] });
  });

  it("had the vertical range once", () => {
    expect(optionsIn(new URLSearchParams("zoom=1,20,0.5,0.75")).zoom).toEqual([1, 20]);
  });

  it("are as usual where they can't be read", () => {
    const broken = ["zoom=1", "zoom=1,2,3", "zoom=1,x", "zoom=1,,3,4", "zoom=2,1", "zoom=0,Infinity", "smoothing=4"];
    for (const text of ["", "metric=x&epochs=1&overlay=no", ...broken]) {
      expect(optionsIn(new URLSearchParams(text)), text).toEqual(CURVE_OPTIONS);
    }
  });
});
