import { readRunMetrics } from "../../workspaceView/metrics";
import type { Reading } from "../live";
import type { StudioPlace } from "../place";
import { type CostPage, readCost } from "./cost";
import { type EndpointPage, readEndpoints } from "./endpoints";
import { type JobList, readJobs } from "./jobs";
import { type ModelRow, readModels } from "./models";

/** The answers to: what was trained, did it help, what does it cost, what is serving. */
export interface Overview {
  jobs: JobList;
  /** Last metrics of the newest job. */
  metrics: Record<string, number>;
  models: ModelRow[];
  endpoints: EndpointPage[];
  cost: CostPage;
}

const newest = 3;

/** The newest jobs and models, the endpoints, and the cost. */
export async function readOverview(place: StudioPlace): Promise<Reading> {
  const [jobs, models, endpoints, cost] = await Promise.all([
    readJobs(place, newest),
    readModels(place),
    readEndpoints(place),
    readCost(place),
  ]);
  const {
    jobs: [job],
  } = jobs.data as JobList;
  const { session, workspace } = place;
  const data = {
    jobs: jobs.data,
    metrics: job ? (await readRunMetrics(session, workspace, job.name, [])).latest : {},
    models: (models.data as ModelRow[]).slice(0, newest),
    endpoints: endpoints.data,
    cost: cost.data,
  };
  return { data };
}
