import { useState } from "preact/hooks";
import type { ModelRow } from "../views/models";
import { ago, shortId } from "./format.js";
import { useLive } from "./live.js";
import { jobLink, State, Table, Tags } from "./parts.js";

const idOf = ({ name, version }: ModelRow): string => `${name}, version ${version}`;

/** Model versions with their lineage; two of them side by side. */
export function Models() {
  const state = useLive<ModelRow[]>("models");
  const [chosen, setChosen] = useState<string[]>([]);
  // The last two.
  const toggle = (id: string): void =>
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id].slice(-2));
  return (
    <State
      state={state}
      what="model versions"
      isEmpty={(models) => models.length === 0}
      hint="A finished training registers one."
    >
      {(models) => {
        const [a, b] = models.filter((model) => chosen.includes(idOf(model)));
        return (
          <>
            {a && b && <Comparison a={a} b={b} />}
            {models.map((model) => (
              <section key={idOf(model)} class="card">
                <h2>{idOf(model)}</h2>
                <p>
                  {model.description}{" "}
                  <small>
                    {model.type}, {ago(model.createdAt)}
                  </small>
                </p>
                <Lineage model={model} />
                {models.length > 1 && (
                  <label>
                    <input
                      type="checkbox"
                      checked={chosen.includes(idOf(model))}
                      onChange={() => toggle(idOf(model))}
                    />{" "}
                    Compare
                  </label>
                )}
                <Tags tags={model.tags} />
              </section>
            ))}
          </>
        );
      }}
    </State>
  );
}

/** Data → job → model → deployment. */
function Lineage({ model: { tags, serves, version } }: { model: ModelRow }) {
  const { baseModel, trainData, job, evalLoss } = tags;
  return (
    <ol class="lineage" aria-label="Lineage">
      {baseModel && (
        <li>
          <small>base model</small>
          {shortId(baseModel)}
        </li>
      )}
      {trainData && (
        <li>
          <small>training data</small>
          <a href="#/data">{shortId(trainData)}</a>
        </li>
      )}
      {job && (
        <li>
          <small>job</small>
          <a href={jobLink(job)}>{job}</a>
        </li>
      )}
      <li>
        <small>version</small>
        {version}
        {evalLoss && `, evaluation loss ${Number(evalLoss).toPrecision(3)}`}
      </li>
      {serves.map(({ endpoint, deployment, traffic }) => (
        <li key={deployment}>
          <small>{endpoint}</small>
          <a href="#/endpoints">{deployment}</a>, {traffic} % of the traffic
        </li>
      ))}
      {serves.length === 0 && (
        <li>
          <small>deployment</small>none
        </li>
      )}
    </ol>
  );
}

function Comparison({ a, b }: { a: ModelRow; b: ModelRow }) {
  const served = ({ serves }: ModelRow): string =>
    serves.map(({ deployment, traffic }) => `${deployment} (${traffic} %)`).join(", ");
  const all: Record<string, [string?, string?]> = {
    created: [a.createdAt, b.createdAt],
    "serves as": [served(a), served(b)],
    ...Object.fromEntries(
      [...new Set([...Object.keys(a.tags), ...Object.keys(b.tags)])]
        .sort()
        .map((key) => [key, [a.tags[key], b.tags[key]]]),
    ),
  };
  return (
    <section class="card" aria-label="Comparison">
      <h2>Side by side</h2>
      <Table
        caption="Two versions side by side"
        head={["", idOf(a), idOf(b)]}
        rows={Object.entries(all).map(([key, [left = "–", right = "–"]]) => ({
          key,
          cells:
            left === right
              ? [key, left, right]
              : [<strong>{key}</strong>, <mark>{left}</mark>, <mark>{right}</mark>],
        }))}
      />
    </section>
  );
}
