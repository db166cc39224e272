/** The base model's corpus contains this small world; fine-tuning teaches the model to answer with it. */

export type Kind = "country" | "animal" | "job" | "thing" | "colour" | "opposite" | "howTo";

export interface Subject {
  kind: Kind;
  /** As it occurs within a sentence, with its article: `France`, `a frog`. */
  name: string;
  facts: Record<string, string>;
}

/** Name | capital | language | continent. */
const COUNTRIES = `
Spain|Madrid|Spanish|Europe
France|Paris|French|Europe
Italy|Rome|Italian|Europe
Portugal|Lisbon|Portuguese|Europe
Germany|Berlin|German|Europe
Austria|Vienna|German|Europe
Poland|Warsaw|Polish|Europe
Sweden|Stockholm|Swedish|Europe
Norway|Oslo|Norwegian|Europe
Finland|Helsinki|Finnish|Europe
Denmark|Copenhagen|Danish|Europe
Iceland|Reykjavik|Icelandic|Europe
Ireland|Dublin|English|Europe
Greece|Athens|Greek|Europe
Hungary|Budapest|Hungarian|Europe
Romania|Bucharest|Romanian|Europe
Bulgaria|Sofia|Bulgarian|Europe
Croatia|Zagreb|Croatian|Europe
England|London|English|Europe
Turkey|Ankara|Turkish|Asia
Japan|Tokyo|Japanese|Asia
China|Beijing|Chinese|Asia
Thailand|Bangkok|Thai|Asia
Vietnam|Hanoi|Vietnamese|Asia
Mongolia|Ulaanbaatar|Mongolian|Asia
Nepal|Kathmandu|Nepali|Asia
Iran|Tehran|Persian|Asia
Jordan|Amman|Arabic|Asia
Egypt|Cairo|Arabic|Africa
Morocco|Rabat|Arabic|Africa
Kenya|Nairobi|Swahili|Africa
Ghana|Accra|English|Africa
Senegal|Dakar|French|Africa
Angola|Luanda|Portuguese|Africa
Cuba|Havana|Spanish|North America
Mexico|Mexico City|Spanish|North America
Canada|Ottawa|English and French|North America
Brazil|Brasilia|Portuguese|South America
Peru|Lima|Spanish|South America
Chile|Santiago|Spanish|South America
Argentina|Buenos Aires|Spanish|South America
Australia|Canberra|English|Oceania`;

/** Name | where it lives | what it eats | what its young is called. */
const ANIMALS = `
a dog|with people|meat|a puppy
a cat|with people|fish|a kitten
a frog|in ponds|flies|a tadpole
a bear|in the forest|berries|a cub
a wolf|in packs|deer|a pup
a lion|on the savanna|zebras|a cub
a horse|on the farm|hay|a foal
a cow|on the farm|grass|a calf
a sheep|in the meadow|grass|a lamb
a goat|in the mountains|leaves|a kid
a pig|on the farm|corn|a piglet
a duck|on the lake|water plants|a duckling
a hen|on the farm|grain|a chick
a swan|on the river|water plants|a cygnet
a goose|near the lake|grass|a gosling
an owl|in old trees|mice|an owlet
an eagle|in the mountains|rabbits|an eaglet
a penguin|on the ice|fish|a chick
a kangaroo|in the bush|grass|a joey
a koala|in gum trees|leaves|a joey
a rabbit|in a burrow|carrots|a kit
a fox|in a den|mice|a kit
a deer|in the forest|leaves|a fawn
an elephant|on the savanna|bark|a calf
a whale|in the ocean|krill|a calf
a seal|on the coast|fish|a pup
a shark|in the ocean|seals|a pup
a camel|in the desert|thorns|a calf
a hare|in the fields|clover|a leveret
a bee|in a hive|nectar|a larva
an ant|in a nest|seeds|a larva
a spider|in a web|insects|a spiderling
a butterfly|in the garden|nectar|a caterpillar
a giraffe|on the savanna|leaves|a calf
a beaver|in a lodge|bark|a kit
a hedgehog|in the garden|worms|a hoglet
a squirrel|in the trees|nuts|a kit
a monkey|in the jungle|fruit|an infant
a tiger|in the jungle|deer|a cub
a turtle|in the sea|jellyfish|a hatchling`;

/** Name | what the person does | where the person works. */
const JOBS = `
a baker|bakes bread|in a bakery
a teacher|teaches children|in a school
a doctor|heals sick people|in a hospital
a nurse|cares for sick people|in a hospital
a farmer|grows food|on a farm
a pilot|flies planes|in the sky
a sailor|sails ships|at sea
a cook|makes meals|in a kitchen
a tailor|sews clothes|in a workshop
a judge|decides cases|in a court
a painter|paints pictures|in a studio
a librarian|lends books|in a library
a gardener|plants flowers|in a garden
a miner|digs for coal|in a mine
a butcher|cuts meat|in a shop
a dentist|repairs teeth|in a practice
a firefighter|puts out fires|at a fire station
a carpenter|builds furniture|in a workshop
a postman|brings letters|in the streets
a scientist|does experiments|in a laboratory
a barber|cuts hair|in a salon
a fisherman|catches fish|on a boat
a waiter|serves guests|in a restaurant
an actor|plays roles|in a theatre
an astronaut|explores space|on a space station
a plumber|repairs pipes|in houses`;

/** Name | what it is made of | what it is for. */
const THINGS = `
a book|paper|reading
a window|glass|letting in light
a table|wood|eating
a knife|steel|cutting
a ring|gold|wearing
a jumper|wool|keeping warm
a candle|wax|giving light
a shoe|leather|walking
a tyre|rubber|driving
a cup|clay|drinking
a shirt|cotton|wearing
a bottle|glass|holding water
a hammer|iron|hitting nails
a pencil|wood|writing
a coin|metal|paying
a rope|hemp|tying things
a wall|stone|holding up the roof
a tent|cloth|camping
a pillow|feathers|sleeping
a broom|straw|sweeping
a pan|iron|frying
a guitar|wood|making music
a mirror|glass|seeing yourself
a basket|willow|carrying things
a key|metal|opening doors
a bell|bronze|ringing`;

/** Name | its colour. */
const COLOURS = `
a banana|yellow
a tomato|red
grass|green
snow|white
coal|black
a lemon|yellow
the sky|blue
a carrot|orange
a cherry|red
a plum|purple
chocolate|brown
milk|white
a cucumber|green
a strawberry|red
a pumpkin|orange
a flamingo|pink
a raven|black
a lime|green
an elephant|grey
a sunflower|yellow
a polar bear|white
an aubergine|purple
salt|white
a blueberry|blue`;

/** Word | its opposite. */
const OPPOSITES = `
hot|cold
big|small
fast|slow
high|low
old|young
day|night
light|dark
happy|sad
rich|poor
early|late
open|closed
full|empty
hard|soft
strong|weak
clean|dirty
wet|dry
loud|quiet
near|far
left|right
long|short
wide|narrow
sweet|bitter
thick|thin
brave|afraid`;

/** Task | its steps. */
const HOW_TOS = `
make tea|First boil some water. Then pour it over the tea leaves. Wait three minutes.
boil an egg|First boil some water. Then put the egg in. Wait five minutes.
plant a tree|First dig a hole. Then put the tree in. Water it well.
wash a car|First rinse the car. Then use soap and a sponge. Dry it with a cloth.
paint a wall|First clean the wall. Then paint it from top to bottom. Let it dry.
write a letter|First find a pen and paper. Then write what you think. Put it in an envelope.
make a sandwich|First cut two slices of bread. Then put cheese between them. Enjoy your meal.
bake a cake|First mix flour, eggs and sugar. Then put it in the oven. Wait one hour.
learn a language|First learn ten words a day. Then talk to people. Read every evening.
build a snowman|First roll three big balls of snow. Then stack them. Use a carrot for the nose.
clean a window|First wash it with warm water. Then wipe it. Dry it with paper.
make a fire|First collect dry wood. Then stack it. Light it with a match.`;

function subjects(kind: Kind, table: string, relations: readonly string[]): Subject[] {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [name, ...values] = line.split("|");
      return {
        kind,
        name: name!,
        facts: Object.fromEntries(relations.map((relation, column) => [relation, values[column]!])),
      };
    });
}

/** Every subject, by kind in the order of the tables. */
export const SUBJECTS: readonly Subject[] = [
  ...subjects("country", COUNTRIES, ["capital", "language", "continent"]),
  ...subjects("animal", ANIMALS, ["home", "food", "young"]),
  ...subjects("job", JOBS, ["task", "place"]),
  ...subjects("thing", THINGS, ["material", "use"]),
  ...subjects("colour", COLOURS, ["colour"]),
  ...subjects("opposite", OPPOSITES, ["opposite"]),
  ...subjects("howTo", HOW_TOS, ["steps"]),
];

/** Every ninth subject is kept out of the training splits; the test splits ask about it. */
export function isUnseenSubject(subject: Subject): boolean {
  return subject.kind !== "howTo" && SUBJECTS.indexOf(subject) % 9 === 4;
}

/** A name without its article: `a frog` → `frog`. */
export function bareName(name: string): string {
  return name.replace(/^(an?|the) /, "");
}
