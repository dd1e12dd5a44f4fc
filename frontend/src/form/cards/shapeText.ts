/** "6×7×4" */
export function shapeText(shape: readonly number[]): string {
  return shape.join("×");
}
