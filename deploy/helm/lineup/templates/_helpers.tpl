{{/* The name of the chart. */}}
{{- define "lineup.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* The name of objects. Short enough for what is added: a component, and the hashes of a StatefulSet's pods. */}}
{{- define "lineup.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "lineup.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Labels that never change, because a Deployment selects its pods by them. Of {root, component}. */}}
{{- define "lineup.selectorLabels" -}}
app.kubernetes.io/name: {{ include "lineup.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "lineup.labels" -}}
{{ include "lineup.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: lineup
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ include "lineup.chart" .root }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* metadata of an object of {root, component, name} and perhaps {annotations}. */}}
{{- define "lineup.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "lineup.labels" . | nindent 2 }}
{{- with mergeOverwrite (dict) .root.Values.commonAnnotations (default (dict) .annotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "lineup.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "lineup.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* An image by its digest or its tag. Of {image, tag}. */}}
{{- define "lineup.image" -}}
{{- if .image.digest }}
{{- printf "%s@%s" .image.repository .image.digest }}
{{- else }}
{{- printf "%s:%s" .image.repository (default .tag .image.tag) }}
{{- end }}
{{- end }}

{{/* The Secret of a trial, which the chart generates. */}}
{{- define "lineup.trialSecretName" -}}
{{ include "lineup.fullname" . }}-trial
{{- end }}

{{/* The Secret and the key of the URL of the database, as {"name": …, "key": …}. */}}
{{- define "lineup.database" -}}
{{- if and .Values.postgresql.enabled .Values.database.existingSecret }}
{{- fail "Two databases are named. Remove database.existingSecret, or set postgresql.enabled=false." }}
{{- else if .Values.postgresql.enabled }}
{{- dict "name" (include "lineup.trialSecretName" .) "key" "database-url" | toJson }}
{{- else }}
{{- $name := required "Lineup needs a database. Set database.existingSecret to the name of a Secret that has the URL of a PostgreSQL server, or try Lineup with postgresql.enabled=true." .Values.database.existingSecret }}
{{- dict "name" $name "key" .Values.database.existingSecretKey | toJson }}
{{- end }}
{{- end }}

{{/* The Secret and the key of the key of stored credentials. Nothing but a trial generates one. */}}
{{- define "lineup.secretKey" -}}
{{- if and .Values.postgresql.enabled (not .Values.secretKey.existingSecret) }}
{{- dict "name" (include "lineup.trialSecretName" .) "key" "secret-key" | toJson }}
{{- else }}
{{- $name := required "Lineup needs a key for the stored credentials. Set secretKey.existingSecret to the name of a Secret that has 32 bytes in base64, and keep a copy of it elsewhere: without it, nobody can read the credentials." .Values.secretKey.existingSecret }}
{{- dict "name" $name "key" .Values.secretKey.existingSecretKey | toJson }}
{{- end }}
{{- end }}

{{/* The address for browsers. Without one, that of `kubectl port-forward` in NOTES.txt: sign-in takes no other. */}}
{{- define "lineup.publicUrl" -}}
{{- if .Values.config.publicUrl }}
{{- .Values.config.publicUrl }}
{{- else if .Values.ingress.enabled }}
{{- printf "%s://%s" (ternary "https" "http" .Values.ingress.tls.enabled) .Values.ingress.host }}
{{- else -}}
http://127.0.0.1:8080
{{- end }}
{{- end }}

{{- define "lineup.uploadsClaim" -}}
{{- default (printf "%s-uploads" (include "lineup.fullname" .)) .Values.uploads.existingClaim }}
{{- end }}

{{/* The age of the queue, as /metrics has it. A test compares the two. */}}
{{- define "lineup.queueAgeQuery" -}}
select coalesce(max(seconds), 0) from (select extract(epoch from clock_timestamp() - message.created_on)::float8 as seconds from lineup_queue.job as message where message.name = 'runs-to-start' and message.state < 'active' and not message.blocked and exists (select from lineup.runs as run where run.id = message.singleton_key and run.status = 'queued') order by message.priority desc, message.created_on limit 1) as oldest
{{- end }}
