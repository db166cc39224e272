import type { Azurite } from "./azurite";
import type { CoreBlobs } from "./blobs";
import type { Cloud } from "./cloud";
import type { VirtualClock } from "./clock";
import type { Operations } from "./lro";

export interface Core extends Cloud {
  port: number;
  identityPort: number;
  clock: VirtualClock;
  lro: Operations;
  azurite: Azurite;
  blobs: CoreBlobs;
}
