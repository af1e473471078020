/** The columns of a file, by the headings in its first row. */

export const uploadTypes = ['MAIL_ADDRESS_AND_PHONE_NUMBER', 'IDFA', 'AAID'] as const;
export type UploadType = (typeof uploadTypes)[number];

export type Column = 'Email' | 'Phone' | 'Mobile Device ID';

const allowed: Record<UploadType, readonly Column[]> = {
  MAIL_ADDRESS_AND_PHONE_NUMBER: ['Email', 'Phone'],
  IDFA: ['Mobile Device ID'],
  AAID: ['Mobile Device ID'],
};

/** The columns of a first row that has the headings of this type, or null. */
export function columnsOf(row: string, type: UploadType): readonly Column[] | null {
  const names = row.split(',');
  const fits = names.every((name) => allowed[type].includes(name as Column)) && new Set(names).size === names.length;
  return fits ? (names as Column[]) : null;
}

/** The columns of a file without headings: of two columns the first has the e-mail addresses. */
export const columnsWithout = (row: string, type: UploadType): readonly Column[] =>
  row.includes(',') ? allowed[type] : allowed[type].slice(0, 1);
