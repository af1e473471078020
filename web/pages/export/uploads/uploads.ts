/** What the form needs when there are uploaded files. */
export { EarlierUploads } from './earlier-uploads.tsx';
export { Sending } from './sending.tsx';
export { UploadedFile } from './uploaded-file.tsx';
