import { Combobox, useCombobox } from "@mantine/core";
import { useId } from "@mantine/hooks";
import clsx from "clsx";
import { useEffect, useState } from "react";
import { capital } from "../../format";
import { type Choice, ranked } from "../../ui/ranked";
import styles from "./OpenPicker.module.css";
import { PickerButton, type PickerProps } from "./PickerButton";

/** Number of choices from which the search field is shown. */
const SEARCHED = 9;

/** Choices under headings, with a search where there are many; open from the start. */
export function OpenPicker({ children, choices, onChoose, what, width = 320, testId, plus, variant }: PickerProps) {
  const list = useId();
  const [query, setQuery] = useState("");
  const [all, setAll] = useState<readonly Choice[]>([]);
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setQuery("");
    },
    onDropdownOpen: () => {
      setAll(choices());
      combobox.focusSearchInput();
    },
  });
  const { selectFirstOption, openDropdown } = combobox;
  // biome-ignore lint/correctness/useExhaustiveDependencies: opened once, by the click that asked for it
  useEffect(() => openDropdown(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is found changes with the query
  useEffect(() => {
    selectFirstOption();
  }, [query, all, selectFirstOption]);
  const searched = all.length >= SEARCHED;
  const ordered = ranked(all, query);
  const groups = [...new Set(ordered.map((each) => each.group ?? ""))];
  return (
    <Combobox
      store={combobox}
      width={width}
      position="bottom-start"
      withinPortal
      hideDetached={false} // its button may be moved by what is drawn above it
      onOptionSubmit={(value) => {
        combobox.closeDropdown();
        combobox.focusTarget();
        onChoose(value);
      }}
    >
      <Combobox.Target targetType="button">
        <PickerButton {...{ variant, plus, testId }} onClick={() => combobox.toggleDropdown()}>
          {children}
        </PickerButton>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && combobox.focusTarget()}
          placeholder={`Search ${what}`}
          aria-label={`Search ${what}`}
          role="combobox"
          aria-expanded
          aria-controls={list} // by itself it is said with the next drawing, and there may be none
          className={searched ? undefined : styles.unseen}
          data-testid={testId && `${testId}:search`}
        />
        <Combobox.Options
          id={list}
          className={styles.options}
          mah={360}
          style={{ overflowY: "auto" }}
          aria-label={what}
        >
          {ordered.length === 0 && <Combobox.Empty>No {what} match</Combobox.Empty>}
          {groups.map((group) => (
            <Combobox.Group key={group} label={capital(group)}>
              {ordered
                .filter((each) => (each.group ?? "") === group)
                .map((each) => (
                  <Combobox.Option key={each.value} value={each.value}>
                    {each.label}
                    {each.summary && <span className={clsx("hint", styles.summary)}>{each.summary}</span>}
                  </Combobox.Option>
                ))}
            </Combobox.Group>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
