/** How a job names an uploaded file as its audience. Apart from the schemas: the web app needs this alone. */

const PREFIX = 'upload:';

/** What a job's `segment_id` holds for an upload. */
export const segmentOfUpload = (id: string): string => `${PREFIX}${id}`;

/** The upload that a `segment_id` speaks of (of a workbook it may name a sheet, too); undefined when it is none. */
export const uploadOfSegment = (segmentId: string): string | undefined =>
  segmentId.startsWith(PREFIX) ? segmentId.slice(PREFIX.length).split('#', 1)[0] : undefined;
