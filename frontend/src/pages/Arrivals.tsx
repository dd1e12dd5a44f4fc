import { ActionIcon, Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { client, payload, unchecked } from "../api/client";
import { draftOf } from "../experiment/draftOf";
import { decoded, encodedIn } from "../experiment/link";
import { experimentIn, isOffered, pathText, Unreadable } from "../experiment/received";
import type { Setup } from "../form/store";
import { plural } from "../format";
import { announce } from "../ui/announce";
import { icons } from "../ui/icons";
import { isDialogOpen, isTextField } from "../ui/keys";
import styles from "./Arrivals.module.css";

type Source = "link" | "clipboard";

interface Arrival {
  source: Source;
  text: string;
}

const TAKEN: Readonly<Record<Source, string>> = {
  link: "The set-up is that of the link.",
  clipboard: "The set-up is what you pasted.",
};

const REFUSED: Readonly<Record<Source, string>> = {
  link: "This link can't be opened",
  clipboard: "What you pasted can't be used",
};

type Outcome = { experiment: unknown; refusal?: undefined } | { refusal: string };

/** What becomes of `arrival`. Only what keeps the lab from answering is thrown. */
async function outcomeOf(arrival: Arrival): Promise<Outcome> {
  try {
    return { experiment: await received(arrival) };
  } catch (error) {
    if (error instanceof Unreadable) return { refusal: error.message };
    throw error;
  }
}

/** The experiment in `arrival`, as the lab understands it. */
async function received({ source, text }: Arrival): Promise<unknown> {
  const body = experimentIn(source === "link" ? await decoded(text) : text);
  const query = { filled: true };
  const checked = await payload(
    client.POST("/api/experiments/check", { body: unchecked<never>(body), params: { query } }),
  );
  const [first, ...others] = checked.problems;
  if (!checked.experiment || first) {
    const at = first?.location.length ? `${pathText(first.location)}: ` : "";
    const more = others.length ? ` (and ${plural(others.length, "more problem")})` : "";
    throw new Unreadable(`${at}${first?.message ?? "The lab does not know why"}${more}`);
  }
  return checked.experiment;
}

/**
 * Takes experiments into the form that come in a link, or that are pasted outside of a text field. One that the lab
 * refuses changes nothing.
 */
export function Arrivals({ setup }: { setup: Setup }) {
  const [, navigate] = useLocation();
  const { mutate, data, error, variables, reset } = useMutation({
    mutationFn: outcomeOf,
    onSuccess: (outcome, { source }) => {
      if (outcome.refusal !== undefined) return;
      const kind = source === "link" ? "linked" : "pasted";
      setup.replace(draftOf(outcome.experiment, setup.catalog), `The ${kind} experiment replaced the set-up.`);
      navigate("/");
      announce(TAKEN[source]);
    },
  });
  const take = useRef(mutate);
  take.current = mutate;

  useEffect(() => {
    const open = () => {
      const text = encodedIn(window.location.hash);
      if (text === null) return;
      // Taken once: a reload keeps what was changed since.
      window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
      take.current({ source: "link", text });
    };
    open();
    window.addEventListener("hashchange", open);
    return () => window.removeEventListener("hashchange", open);
  }, []);

  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain").trim() ?? "";
      if (!isOffered(text) || isTextField(event.target) || isDialogOpen()) return;
      event.preventDefault();
      take.current({ source: "clipboard", text });
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  }, []);

  // It has been read once the set-up is changed again.
  useEffect(() => {
    if (data === undefined || data.refusal !== undefined) return;
    const { draft } = setup;
    return setup.subscribe(() => setup.draft !== draft && reset());
  }, [data, setup, reset]);

  const refusal = error?.message ?? data?.refusal;
  if (!variables || (data === undefined && !error)) return null;
  return (
    <div
      className={styles.arrival}
      role={refusal === undefined ? undefined : "alert"}
      data-refused={refusal === undefined ? undefined : true}
      data-testid="arrival"
    >
      {refusal !== undefined ? (
        <p>{`${REFUSED[variables.source]}. ${refusal.replace(/\.$/, "")}. Nothing was changed.`}</p>
      ) : (
        <>
          <p>{TAKEN[variables.source]}</p>
          <Button size="compact-xs" variant="default" onClick={setup.undo}>
            Undo
          </Button>
        </>
      )}
      <ActionIcon aria-label="Close" onClick={reset}>
        {icons.remove}
      </ActionIcon>
    </div>
  );
}
