import { conform, conformAsRecorded } from "./lib/conform";
import { ownWay } from "./programs/ownWay";

conformAsRecorded("decisions", "replacement", "options");
conform(ownWay);
