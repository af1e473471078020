/** What the export form shows of folded sections, and in them. It is loaded after the form. */
export { AudienceHolds, LineHolds, SafetyHolds } from './holds.tsx';
export { ScheduleFields, ScheduleHolds } from './schedule-fields.tsx';
