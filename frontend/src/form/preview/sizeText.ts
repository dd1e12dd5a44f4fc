import type { Preview } from "../../api/types";

/** "60 train, 100 validation, 159 test, 250 sealed rows"; sets without rows are left out. */
export function sizeText({ sizes }: Pick<Preview, "sizes">): string {
  const parts = [`${sizes.train} train`];
  if (sizes.validation) parts.push(`${sizes.validation} validation`);
  parts.push(`${sizes.test} test`);
  if (sizes.holdout) parts.push(`${sizes.holdout} sealed`);
  return `${parts.join(", ")} rows`;
}
