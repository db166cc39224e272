import type { Cloud } from "../cloud";
import { ordered, parseFilter } from "./filter";
import { inView, readExperiment } from "./searchable";
import type { Experiment, Tracking } from "./tracking";
import {
  MlflowError,
  pageOf,
  readPairs,
  requiredText,
  wireExperiment,
  without,
  type MlflowRoute,
} from "./wire";

const SEARCH_PAGE = 1000;
const NEWEST_FIRST = ["creation_time DESC", "experiment_id ASC"];

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
    const created = tracking.ensureExperiment(name);
    tracking.putExperiment({ ...created, tags: readPairs(input["tags"], "tags") });
    return { experiment_id: created.id };
  });
  route("POST", "experiments/search", ({ tracking, input }) => {
    const matches = parseFilter(String(input["filter"] ?? ""), readExperiment);
    const found = tracking
      .experiments()
      .filter((experiment) => inView(experiment, input["view_type"]) && matches(experiment));
    const orderBy = Array.isArray(input["order_by"]) ? input["order_by"].map(String) : [];
    const inOrder = ordered(found, [...orderBy, ...NEWEST_FIRST], readExperiment);
    const { page, next } = pageOf(inOrder, input, SEARCH_PAGE);
    return { experiments: page.map(wireExperiment), ...next };
  });
  registerEdits(route, cloud);
}

function registerEdits(route: MlflowRoute, cloud: Cloud): void {
  const edit = (
    call: string,
    change: (experiment: Experiment, input: Record<string, unknown>) => Partial<Experiment>,
  ): void =>
    route("POST", `experiments/${call}`, ({ tracking, input }) => {
      const experiment = experimentById(tracking, requiredText(input, "experiment_id"));
      const updatedAt = cloud.clock.now().getTime();
      tracking.putExperiment({ ...experiment, ...change(experiment, input), updatedAt });
      return {};
    });
  edit("update", (_experiment, input) => ({ name: requiredText(input, "new_name") }));
  edit("delete", () => ({ lifecycleStage: "deleted" }));
  edit("restore", () => ({ lifecycleStage: "active" }));
  edit("delete-experiment-tag", ({ tags }, input) => ({ tags: without(tags, requiredText(input, "key")) }));
  edit("set-experiment-tag", ({ tags }, input) => ({
    tags: { ...tags, [requiredText(input, "key")]: String(input["value"] ?? "") },
  }));
}

export function experimentById(tracking: Tracking, id: string): Experiment {
  const found = tracking.experiment(id);
  if (!found) throw notFound(`No Experiment with id=${id} exists`);
  return found;
}

function notFound(message: string): MlflowError {
  return new MlflowError(404, "RESOURCE_DOES_NOT_EXIST", message);
}
