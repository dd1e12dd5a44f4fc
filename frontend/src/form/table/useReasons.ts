import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { FileView } from "../../api/types";
import { queries } from "../../state/queries";
import { useSelected } from "../context";
import type { Reasons } from "./columns";
import { Proposals } from "./proposals";

const proposals = new Proposals();

/** Reasons why columns of the draft's `file` are no features unless one says so. */
export function useReasons(file: FileView): Reasons {
  const dataset = useSelected(({ draft }) => draft.dataset);
  const split = useSelected(({ draft }) => draft.split);
  // What the form's preview has fetched, once it is of this very draft.
  const { data } = useQuery({ ...queries.preview(dataset, split), enabled: false });
  return useMemo(() => {
    if (data) proposals.learn(dataset, data.preview);
    return proposals.reasons(dataset, file);
  }, [file, dataset, data]);
}
