import type { Report, ServedDeployment } from "../report";
import { countText, percentText } from "../text";
import { factsOf, html, type Markup, tableOf } from "./markup";
import { note, type Section, section } from "./section";

/** What serves, and how the roll-out went. */
export function servingSection({ serving }: Report): Section {
  if (!serving) return section("serving", "Serving", note("The stack has no endpoint."));
  const { rollout } = serving;
  const limits = rollout && [
    `steps of ${rollout.steps.join(", ")} % with ${rollout.holdSeconds} s each`,
    `error rate of at most ${percentText(rollout.maxErrorRate)}`,
    ...(rollout.maxLatencyMs === undefined ? [] : [`latency of at most ${rollout.maxLatencyMs} ms`]),
  ];
  return section(
    "serving",
    "Serving and roll-out",
    factsOf([
      ["endpoint", serving.endpoint],
      ["state", serving.state],
      ["login", serving.authMode],
      ["address", html`<code>${serving.scoringUri}</code>`],
      ["roll-out", limits ? limits.join("; ") : "all traffic at once, after the deployment answered"],
    ]),
    tableOf(
      "Deployments, with their requests of the last day",
      ["deployment", "model", "machines", "state", "traffic", "requests", "failed", "latency (p95)"],
      serving.deployments.map(deploymentRow),
      [4, 5, 6, 7],
    ),
  );
}

function deploymentRow({
  name,
  model,
  machines,
  state,
  traffic,
  mirrored,
  figures,
}: ServedDeployment): string[] {
  const share = mirrored > 0 ? `${traffic} %, mirrors ${mirrored} %` : `${traffic} %`;
  const [requests, failed] = figures ? [figures.requests, figures.failed] : [undefined, undefined];
  return [
    name,
    model,
    machines,
    state,
    share,
    requests === undefined ? "not known" : countText(requests),
    requests === undefined || failed === undefined
      ? "not known"
      : requests === 0
        ? "–"
        : `${countText(failed)} (${percentText(failed / requests)})`,
    figures?.latencyMs === undefined ? "–" : `${Math.round(figures.latencyMs)} ms`,
  ];
}

/** From the data to what serves. */
export const lineageSection = ({ lineage }: Report): Section =>
  section(
    "lineage",
    "Lineage",
    html`<ol class="lineage">
      ${lineage.map(
        ({ what, name, details }) =>
          html`<li>
            <span class="what">${what}</span>
            <strong>${name}</strong>${details.map((text) => html`<span class="detail">${text}</span>`)}
          </li>`,
      )}
    </ol>`,
  );

/** Costs so far and per hour. */
export function costSection({ costs }: Report): Section {
  return section(
    "costs",
    "Costs",
    factsOf([
      ["so far, about", costs.soFar ?? "not known"],
      ["now", costs.perHour ?? "not known"],
      ["prices", costs.prices.join("; ")],
    ]),
    costs.lines.length > 0 &&
      tableOf(
        "Machines",
        ["what", "machines", "so far", "now"],
        costs.lines.map(({ what, machines, soFar, perHour }) => [what, machines, soFar, perHour]),
      ),
    note(costs.leftOut),
  );
}

/** What differs from the training before. */
export function changeSection({ changes, training }: Report): Section | undefined {
  if (!training) return undefined;
  if (!changes)
    return section(
      "changes",
      "Changes",
      note("This is the first training of the stack that the workspace has."),
    );
  return section(
    "changes",
    "Changes since the last run",
    html`<p>Compared with <code>${changes.since}</code>.</p>`,
    changes.rows.length === 0
      ? note("Nothing differs.")
      : tableOf(
          "Differences",
          ["what", "before", "now"],
          changes.rows.map(({ what, before, now }) => [what, before, now]),
        ),
  );
}

/** The resources of the stack as a tree. */
export function resourceSection({ resources }: Report): Section {
  const roots = resources.filter(
    ({ parent, type }) => parent === undefined && type === "pulumi:pulumi:Stack",
  );
  const tree = (parent: string): Markup => {
    const children = resources.filter((resource) => resource.parent === parent);
    return children.length === 0
      ? html``
      : html`<ul>
          ${children.map(({ urn, name, type }) => html`<li>${name} <span class="detail">${type}</span>${tree(urn)}</li>`)}
        </ul>`;
  };
  return section(
    "resources",
    "Resources",
    html`<details>
      <summary>${resources.length} resources in the state</summary>
      ${roots.map(({ urn }) => tree(urn))}
    </details>`,
  );
}
