{{- define "bearwatch.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- /* 50: a StatefulSet's pods and a scorer's replica set add to it, and 63 is a label's most. */ -}}
{{- define "bearwatch.fullname" -}}
{{- $name := include "bearwatch.name" . -}}
{{- $own := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $own .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "bearwatch.selector" -}}
app.kubernetes.io/name: {{ include "bearwatch.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "bearwatch.labels" -}}
{{ include "bearwatch.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "bearwatch.serviceAccount" -}}
{{- default (ternary (include "bearwatch.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "bearwatch.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}

{{- /* What web.allowed_hosts is: each as a Host header has it, an IPv6 address in brackets. */ -}}
{{- define "bearwatch.allowedHosts" -}}
{{- $service := include "bearwatch.fullname" . -}}
{{- $names := list "$(POD_IP)" "[$(POD_IP)]" $service (printf "%s.%s" $service .Release.Namespace) (printf "%s.%s.svc" $service .Release.Namespace) -}}
{{- concat $names .Values.web.allowedHosts | toJson -}}
{{- end -}}

{{- define "bearwatch.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
  {{- if .top.Values.web.tlsSecret }}
  scheme: HTTPS
  {{- end }}
  # Kubelet would ask by the pod's address; this name is served whatever web.allowed_hosts says.
  httpHeaders:
    - name: Host
      value: localhost
{{ toYaml .timing }}
{{- end -}}

{{- /* The pod's specification of both workloads: top is the chart's scope, own the workload's values, args its command's. */ -}}
{{- define "bearwatch.pod" -}}
{{- $top := .top -}}
{{- $own := .own -}}
serviceAccountName: {{ include "bearwatch.serviceAccount" $top }}
automountServiceAccountToken: false
# Kubernetes would set BEARWATCH_... variables for a service of that name.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $top.Values.terminationGracePeriodSeconds }}
securityContext:
  {{- toYaml $top.Values.podSecurityContext | nindent 2 }}
{{- with $top.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $own.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
# Not on one machine, nor in one zone, as far as there are others: a preference, so that a small cluster runs it too.
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "bearwatch.selector" $top | nindent 8 }}
        app.kubernetes.io/component: {{ $.component }}
  {{- end }}
containers:
  - name: bearwatch
    image: {{ include "bearwatch.image" $top }}
    imagePullPolicy: {{ $top.Values.image.pullPolicy }}
    args:
      {{- toYaml (concat .args $own.extraArgs) | nindent 6 }}
    env:
      # By this address Prometheus asks, so that it is a name to answer to.
      - name: POD_IP
        valueFrom:
          fieldRef: {fieldPath: status.podIP}
      - name: BEARWATCH_WEB__HOST
        value: {{ $top.Values.web.host | quote }}
      - name: BEARWATCH_WEB__PORT
        value: {{ $top.Values.web.port | quote }}
      {{- if $top.Values.web.tlsSecret }}
      - name: BEARWATCH_WEB__TLS
        value: "{certificate_file: /etc/bearwatch/tls/tls.crt, key_file: /etc/bearwatch/tls/tls.key}"
      {{- else }}
      - name: BEARWATCH_WEB__PLAIN_HTTP
        value: "true"
      {{- end }}
      - name: BEARWATCH_WEB__ALLOWED_HOSTS
        value: {{ include "bearwatch.allowedHosts" $top | quote }}
      {{- if not (dig "log" "format" "" $top.Values.config) }}
      - name: BEARWATCH_LOG__FORMAT
        value: json
      {{- end }}
      {{- with $own.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    ports:
      - name: http
        containerPort: {{ $top.Values.web.port }}
        protocol: TCP
    startupProbe:
      {{- include "bearwatch.probe" (dict "top" $top "path" "/healthz" "timing" $top.Values.probes.startup) | nindent 6 }}
    livenessProbe:
      {{- include "bearwatch.probe" (dict "top" $top "path" "/healthz" "timing" $top.Values.probes.liveness) | nindent 6 }}
    readinessProbe:
      # A pod that stands by well is as it should be: else a rollout would wait for it for ever, and the disruption budget
      # would keep the holder's node from being drained.
      {{- $ready := ternary "/readyz?standbyok=true" "/readyz" (has "--standby" .args) }}
      {{- include "bearwatch.probe" (dict "top" $top "path" $ready "timing" $top.Values.probes.readiness) | nindent 6 }}
    resources:
      {{- toYaml $own.resources | nindent 6 }}
    securityContext:
      {{- toYaml $top.Values.securityContext | nindent 6 }}
    volumeMounts:
      - name: config
        mountPath: /etc/bearwatch/config
        readOnly: true
      {{- if $top.Values.existingSecret }}
      - name: secrets
        mountPath: /etc/bearwatch/secrets
        readOnly: true
      {{- end }}
      {{- if $top.Values.web.tlsSecret }}
      - name: tls
        mountPath: /etc/bearwatch/tls
        readOnly: true
      {{- end }}
      - name: state
        mountPath: /var/lib/bearwatch
      - name: tmp
        mountPath: /tmp
      {{- with $own.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: config
    configMap:
      name: {{ include "bearwatch.fullname" $top }}
  {{- with $top.Values.existingSecret }}
  - name: secrets
    secret:
      secretName: {{ . }}
      # The pod's group reads them, by fsGroup.
      defaultMode: 0440
  {{- end }}
  {{- with $top.Values.web.tlsSecret }}
  - name: tls
    secret:
      secretName: {{ . }}
      defaultMode: 0440
  {{- end }}
  - name: tmp
    emptyDir: {sizeLimit: 256Mi}
  {{- if not .volume }}
  - name: state
    emptyDir: {sizeLimit: 256Mi}
  {{- end }}
  {{- with $own.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* A pod is made anew when its configuration changes; Bearwatch reads it at the start. */ -}}
{{- define "bearwatch.annotations" -}}
checksum/config: {{ list .top.Values.config .top.Values.files | toJson | sha256sum }}
{{- with .own.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}
