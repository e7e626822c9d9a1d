// The wire types of the HTTP API and its event stream, under the names the page uses.
// Not here: the types themselves, which are generated from the OpenAPI document (schema.d.ts).
// Invariant: nothing is written by hand but names; `npm run types:check` fails when the document has moved on.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Bilingual = Schemas['Bilingual'];
export type ClockJson = Schemas['ClockJson'];
export type DatastreamJson = Schemas['DatastreamJson'];
export type DatastreamOfSite = Schemas['DatastreamInfoJson'];
export type FeedEventJson = Schemas['FeedEventJson'];
export type FeedHealth = Schemas['FeedHealth'];
export type FigureJson = Schemas['FigureJson'];
export type FigureKind = Schemas['FigureKind'];
export type FindingEventJson = Schemas['FindingEventJson'];
export type FindingJson = Schemas['FindingJson'];
export type FindingKind = Schemas['FindingKind'];
export type GroupJson = Schemas['GroupJson'];
export type HistoryJson = Schemas['HistoryJson'];
export type HumanEventJson = Schemas['HumanEventJson'];
export type HumanJson = Schemas['HumanJson'];
export type HumanRequest = Schemas['HumanRequest'];
export type IndicatorLevels = Schemas['LevelsJson'];
export type Ladder = Pick<Schemas['LadderJson'], 'caution' | 'warning' | 'critical'>;
export type Level = Schemas['Level'];
export type MeasureEventJson = Schemas['MeasureEventJson'];
export type MeasureJson = Schemas['MeasureStateJson'];
export type MeasureOfSite = Schemas['MeasureJson'];
export type MeasureState = Schemas['MeasureState'];
export type Mode = Schemas['Mode'];
export type PointJson = Schemas['PointJson'];
export type ProblemJson = Schemas['ProblemJson'];
export type Saying = Schemas['Saying'];
export type SiteJson = Schemas['SiteJson'];
export type ValuesJson = Schemas['ValuesJson'];
export type ViewJson = Schemas['ViewJson'];
export type WarningAnswerJson = Schemas['WarningAnswerJson'];
export type WarningEventJson = Schemas['WarningEventJson'];
export type WarningJson = Schemas['WarningJson'];
export type ZoneJson = Schemas['ZoneJson'];

export type MapJson = Schemas['FeatureCollection_MapProperties'];
export type MapProperties = Schemas['MapProperties'];
export type ZoneProperties = Extract<MapProperties, { is: 'zone' }>;
export type ZonesJson = Schemas['FeatureCollection_ZoneProperties'];
