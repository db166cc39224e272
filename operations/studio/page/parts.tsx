import type { ComponentChildren } from "preact";
import type { LiveState } from "./live.js";

interface StateProps<Data> {
  state: LiveState<Data>;
  /** Name of what is shown, in the plural: `jobs`. */
  what: string;
  /** Shown instead of the children if this is true of the data. */
  isEmpty?: (data: Data) => boolean;
  /** What to do when there is nothing. */
  hint?: ComponentChildren;
  children: (data: Data) => ComponentChildren;
}

/** The loading, error and empty states of a view. After an error the last data stay. */
export function State<Data>({ state: { data, problem }, what, isEmpty, hint, children }: StateProps<Data>) {
  return (
    <>
      {problem !== undefined && (
        <p class="state problem" role="alert">
          {problem}
        </p>
      )}
      {data === undefined && problem === undefined && (
        <p class="state" role="status">
          Loading {what}…
        </p>
      )}
      {data !== undefined &&
        (isEmpty?.(data) ? (
          <p class="state">
            There are no {what} yet. {hint}
          </p>
        ) : (
          children(data)
        ))}
    </>
  );
}

const good = /^(completed|succeeded|finished)$/i;
const bad = /^(failed|canceled|notresponding)$/i;

/** A status as text in a colour. */
export function Badge({ status }: { status: string }) {
  const kind = good.test(status) ? "good" : bad.test(status) ? "bad" : "busy";
  return <span class={`badge ${kind}`}>{status || "Unknown"}</span>;
}

/** Names and values. Empty values are left out. */
export function Facts({ facts }: { facts: Record<string, ComponentChildren> }) {
  const shown = Object.entries(facts).filter(([, value]) => value !== "" && value !== undefined);
  return (
    <dl class="facts">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface TableProps {
  caption: string;
  head: string[];
  rows: { key: string; cells: ComponentChildren[] }[];
}

/** A table. In a narrow window each row becomes a block, with the head's texts as labels. */
export function Table({ caption, head, rows }: TableProps) {
  return (
    <table>
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {head.map((text) => (
            <th key={text} scope="col">
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key}>
            {cells.map((cell, index) => (
              <td key={head[index]} data-label={head[index]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export const jobLink = (name: string): string => `#/jobs/${encodeURIComponent(name)}`;

/** The tags of a resource, closed at first. */
export function Tags({ tags }: { tags: Record<string, string> }) {
  return (
    <details>
      <summary>Tags</summary>
      <Table
        caption="Tags"
        head={["Tag", "Value"]}
        rows={Object.entries(tags).map(([key, value]) => ({ key, cells: [key, value] }))}
      />
    </details>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: { value: string; text: string }[];
  onChange: (value: string) => void;
}

/** A labelled list to choose one value from. */
export function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}
