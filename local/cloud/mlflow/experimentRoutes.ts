import type { Cloud } from "../cloud";
import type { Experiment, Tracking } from "./tracking";
import {
  invalidParameter,
  MlflowError,
  readPairs,
  requiredText,
  wireExperiment,
  type MlflowRoute,
} from "./wire";

/** `experiments/*` of the tracking API. */
export function registerExperiments(route: MlflowRoute, cloud: Cloud): void {
  route("GET", "experiments/get-by-name", ({ tracking, input }) => {
    const name = requiredText(input, "experiment_name");
    const found = tracking.experimentNamed(name);
    if (!found) throw notFound(`Could not find experiment with name '${name}'`);
    return { experiment: wireExperiment(found) };
  });
  route("GET", "experiments/get", ({ tracking, input }) => ({
    experiment: wireExperiment(experimentById(tracking, requiredText(input, "experiment_id"))),
  }));
  route("POST", "experiments/create", ({ tracking, input }) => {
    const name = requiredText(input, "name");
    if (tracking.experimentNamed(name)) {
      throw new MlflowError(400, "RESOURCE_ALREADY_EXISTS", `Experiment '${name}' already exists.`);
    }
    const made = tracking.ensureExperiment(name);
    tracking.putExperiment({ ...made, tags: readPairs(input["tags"], "tags") });
    return { experiment_id: made.id };
  });
  const search = ({ tracking, input }: { tracking: Tracking; input: Record<string, unknown> }): unknown => {
    const view = String(input["view_type"] ?? "ACTIVE_ONLY");
    const filter = experimentFilter(String(input["filter"] ?? ""));
    const found = tracking
      .experiments()
      .filter((experiment) => inView(experiment, view) && filter(experiment))
      .sort((a, b) => b.updatedAt - a.updatedAt);
    const from = Number(input["page_token"] ?? 0);
    const size = Number(input["max_results"] ?? 1000);
    const end = from + size;
    return {
      experiments: found.slice(from, end).map(wireExperiment),
      ...(end < found.length ? { next_page_token: String(end) } : {}),
    };
  };
  route("POST", "experiments/search", search);
  route("GET", "experiments/search", search);
  route("GET", "experiments/list", search);
  registerEdits(route, cloud);
}

function registerEdits(route: MlflowRoute, cloud: Cloud): void {
  const edit = (change: (experiment: Experiment, input: Record<string, unknown>) => Experiment) => {
    return ({ tracking, input }: { tracking: Tracking; input: Record<string, unknown> }): unknown => {
      const experiment = experimentById(tracking, requiredText(input, "experiment_id"));
      tracking.putExperiment({ ...change(experiment, input), updatedAt: cloud.clock.now().getTime() });
      return {};
    };
  };
  route(
    "POST",
    "experiments/update",
    edit((experiment, input) => ({ ...experiment, name: requiredText(input, "new_name") })),
  );
  route(
    "POST",
    "experiments/delete",
    edit((experiment) => ({ ...experiment, lifecycleStage: "deleted" })),
  );
  route(
    "POST",
    "experiments/restore",
    edit((experiment) => ({ ...experiment, lifecycleStage: "active" })),
  );
  route(
    "POST",
    "experiments/set-experiment-tag",
    edit((experiment, input) => ({
      ...experiment,
      tags: { ...experiment.tags, [requiredText(input, "key")]: String(input["value"] ?? "") },
    })),
  );
}

export function experimentById(tracking: Tracking, id: string): Experiment {
  const found = tracking.experiment(id);
  if (!found) throw notFound(`No Experiment with id=${id} exists`);
  return found;
}

function notFound(message: string): MlflowError {
  return new MlflowError(404, "RESOURCE_DOES_NOT_EXIST", message);
}

function inView(experiment: Experiment, view: string): boolean {
  if (view === "ALL") return true;
  return experiment.lifecycleStage === (view === "DELETED_ONLY" ? "deleted" : "active");
}

/** The one condition clients use here: `name = 'x'` (or LIKE / ILIKE with %). */
function experimentFilter(text: string): (experiment: Experiment) => boolean {
  if (text.trim() === "") return () => true;
  const match = /^\s*(?:attributes?\.)?name\s*(=|!=|like|ilike)\s*(?:'([^']*)'|"([^"]*)")\s*$/i.exec(text);
  if (!match)
    throw invalidParameter(
      `Unsupported experiment filter "${text}", allowed: name = '…' (or !=, LIKE, ILIKE).`,
    );
  const operator = (match[1] ?? "").toUpperCase();
  const wanted = match[2] ?? match[3] ?? "";
  if (operator === "=") return (experiment) => experiment.name === wanted;
  if (operator === "!=") return (experiment) => experiment.name !== wanted;
  const source = wanted
    .split("%")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*");
  const pattern = new RegExp(`^${source}$`, operator === "ILIKE" ? "i" : "");
  return (experiment) => pattern.test(experiment.name);
}
