import type { Reading } from "../live";
import type { StudioPlace } from "../place";
import { type CostPage, readCost } from "./cost";
import { type EndpointPage, readEndpoints } from "./endpoints";
import { type JobList, readJobs } from "./jobs";
import { type ModelRow, readModels } from "./models";

/** The answers to: what was trained, did it help, what does it cost, what is serving. */
export interface Overview {
  jobs: JobList;
  models: ModelRow[];
  endpoints: EndpointPage[];
  cost: CostPage;
}

const newest = 3;

/** The newest job and models, the endpoints, and the cost. */
export async function readOverview(place: StudioPlace): Promise<Reading> {
  const [jobs, models, endpoints, cost] = await Promise.all([
    readJobs(place, newest),
    readModels(place),
    readEndpoints(place),
    readCost(place),
  ]);
  const data = {
    jobs: jobs.data,
    models: (models.data as ModelRow[]).slice(0, newest),
    endpoints: endpoints.data,
    cost: cost.data,
  };
  return { data };
}
