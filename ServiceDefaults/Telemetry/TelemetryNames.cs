using System.Collections.Frozen;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>Every name of a source, span, metric, attribute and event, once. Names are API: dashboards, alerts and queries use them.</summary>
/// <remarks>Source: <see href="https://opentelemetry.io/docs/specs/semconv/">OpenTelemetry semantic conventions</see>; <c>ml.*</c> is ours.</remarks>
public static class TelemetryNames
{
    /// <summary>Activity source and meter of a service, one name for both.</summary>
    public static class Sources
    {
        public const string Gateway = "MlAspire.Gateway";
        public const string FeatureStore = "MlAspire.FeatureStore";
        public const string Inference = "MlAspire.Inference";
        public const string Monitoring = "MlAspire.Monitoring";
        public const string Pipelines = "MlAspire.Pipelines";
        public const string ServiceDefaults = "MlAspire.ServiceDefaults";

        public static IReadOnlyList<string> All { get; } = [Gateway, FeatureStore, Inference, Monitoring, Pipelines, ServiceDefaults];
    }

    public static class Spans
    {
        public const string Route = "route";
        public const string FeaturesFetch = "features.fetch";
        public const string Preprocess = "preprocess";
        public const string Infer = "infer";
        public const string Queue = "queue";
        public const string SessionRun = "session.run";
        public const string Postprocess = "postprocess";
        public const string AuditCommit = "audit.commit";
        public const string OnlineRead = "features.online_read";
        public const string Push = "features.push";
        public const string TrainRead = "train.read";
        public const string TrainRows = "train.rows";
        public const string TrainLearn = "train.learn";
    }

    public static class Metrics
    {
        public const string InferenceDuration = "ml.inference.duration";
        public const string InferenceDurationQuantile = "ml.inference.duration.quantile";
        public const string InferenceQueueDuration = "ml.inference.queue.duration";
        public const string InferenceQueueSize = "ml.inference.queue.size";
        public const string InferenceBatchSize = "ml.inference.batch.size";
        public const string InferenceInputSize = "ml.inference.input.size";
        public const string InferenceInputFeatures = "ml.inference.input.features";
        public const string TokenUsage = "gen_ai.client.token.usage";
        public const string TokenCost = "ml.inference.token.cost";
        public const string InferenceActive = "ml.inference.active";
        public const string InferencePredictions = "ml.inference.predictions";
        public const string ModelResident = "ml.model.resident";
        public const string ModelResidentBytes = "ml.model.resident.bytes";
        public const string ModelEvictions = "ml.model.evictions";
        public const string ModelColdLoadDuration = "ml.model.cold_load.duration";
        public const string ModelAuc = "ml.model.auc";
        public const string PredictionScore = "ml.prediction.score";
        public const string PredictionDuration = "ml.prediction.duration";
        public const string PredictionDurationQuantile = "ml.prediction.duration.quantile";
        public const string HttpRequestDurationQuantile = "http.server.request.duration.quantile";
        public const string AdmissionLimit = "ml.admission.limit";
        public const string AdmissionInProgress = "ml.admission.in_progress";
        public const string AdmissionRefused = "ml.admission.refused";
        public const string PredictionFallbacks = "ml.prediction.fallbacks";
        public const string PredictionEventsDropped = "ml.prediction.events.dropped";
        public const string FeatureMissing = "ml.feature.missing";
        public const string FeatureHedges = "ml.feature.hedges";
        public const string FeatureAge = "ml.feature.age";
        public const string FeatureNullShare = "ml.feature.null_share";
        public const string FeatureValue = "ml.feature.value";
        public const string FeatureLag = "ml.feature.lag";
        public const string FeatureRefused = "ml.feature.refused";
        public const string FeatureLate = "ml.feature.late";
        public const string FeatureUnseen = "ml.feature.unseen";
        public const string FeatureRows = "ml.feature.rows";
        public const string FeatureUnreadable = "ml.feature.unreadable";
        public const string FeatureClosedGaps = "ml.feature.closed_gaps";
        public const string FeatureFull = "ml.feature.full";
        public const string FeatureStaleWrites = "ml.feature.stale_writes";
        public const string FeatureCacheReads = "ml.feature.cache.reads";
        public const string FeatureCacheEvictions = "ml.feature.cache.evictions";
        public const string FeatureCacheInvalidations = "ml.feature.cache.invalidations";
        public const string AuditCommitDuration = "ml.audit.commit.duration";
        public const string AuditRecords = "ml.audit.records";
        public const string AuditRecordsLost = "ml.audit.records.lost";
        public const string AuditUncovered = "ml.audit.uncovered";
        public const string AuditUnwitnessed = "ml.audit.unwitnessed";
        public const string AuditVerifyFailures = "ml.audit.verify.failures";
        public const string MonitoringEvents = "ml.monitoring.events";
        public const string MonitoringLag = "ml.monitoring.lag";
        public const string RolloutVerdicts = "ml.rollout.verdicts";
        public const string TrafficSpike = "ml.traffic.spike";
        public const string LogRuleMatches = "ml.log_rule.matches";
        public const string LogRuleFiring = "ml.log_rule.firing";
        public const string GpuMemoryUsage = "hw.gpu.memory.usage";
        public const string GpuMemoryLimit = "hw.gpu.memory.limit";
        public const string GpuUtilization = "hw.gpu.utilization";
        public const string HardwarePower = "hw.power";
        public const string HardwareEnergy = "hw.energy";
        public const string ClientRetries = "http.client.retries";
        public const string StepDuration = "ml.step.duration";
        public const string TelemetryBytes = "telemetry.bytes";
        public const string TelemetryProduced = "telemetry.produced";
        public const string TelemetryExported = "telemetry.exported";
        public const string TelemetrySampled = "telemetry.sampled";
        public const string TelemetryInFlight = "telemetry.in_flight";
        public const string TelemetryWaiting = "telemetry.waiting";
        public const string TelemetryDropped = "telemetry.dropped";
    }

    /// <summary>Triton's own names, so that dashboards made for it work; labels <c>model</c> and <c>version</c>.</summary>
    public static class Triton
    {
        /// <summary>What all of them start with; such a name reaches Prometheus as it is, also a counter's without <c>_total</c>.</summary>
        public const string Prefix = "nv_";

        public const string RequestSuccess = "nv_inference_request_success";
        public const string RequestFailure = "nv_inference_request_failure";
        public const string Count = "nv_inference_count";
        public const string ExecCount = "nv_inference_exec_count";
        public const string Pending = "nv_inference_pending_request_count";
        public const string RequestDuration = "nv_inference_request_duration_us";
        public const string QueueDuration = "nv_inference_queue_duration_us";
        public const string ComputeInputDuration = "nv_inference_compute_input_duration_us";
        public const string ComputeInferDuration = "nv_inference_compute_infer_duration_us";
        public const string ComputeOutputDuration = "nv_inference_compute_output_duration_us";
        public const string RequestSummary = "nv_inference_request_summary_us";
        public const string QueueSummary = "nv_inference_queue_summary_us";
        public const string ComputeInputSummary = "nv_inference_compute_input_summary_us";
        public const string ComputeInferSummary = "nv_inference_compute_infer_summary_us";
        public const string ComputeOutputSummary = "nv_inference_compute_output_summary_us";
        public const string CpuUtilization = "nv_cpu_utilization";
        public const string CpuMemoryTotal = "nv_cpu_memory_total_bytes";
        public const string CpuMemoryUsed = "nv_cpu_memory_used_bytes";
        public const string GpuUtilization = "nv_gpu_utilization";
        public const string GpuMemoryTotal = "nv_gpu_memory_total_bytes";
        public const string GpuMemoryUsed = "nv_gpu_memory_used_bytes";
        public const string GpuPowerUsage = "nv_gpu_power_usage";
        public const string GpuPowerLimit = "nv_gpu_power_limit";
        public const string EnergyConsumption = "nv_energy_consumption";
        public const string CacheHits = "nv_cache_num_hits_per_model";
        public const string CacheMisses = "nv_cache_num_misses_per_model";
        public const string CacheHitDuration = "nv_cache_hit_duration_per_model";
        public const string CacheMissDuration = "nv_cache_miss_duration_per_model";
        public const string LoadDuration = "nv_model_load_duration_secs";
    }

    public static class Attributes
    {
        public const string CorrelationId = "correlation_id";
        public const string UserPseudonym = "enduser.pseudo.id";

        /// <summary>Not <c>session.id</c>: that is a sensitive name, and what stands under it is taken out.</summary>
        public const string SessionPseudonym = "session.pseudo.id";
        public const string ErrorType = "error.type";
        public const string ModelName = "ml.model.name";
        public const string ModelVersion = "ml.model.version";
        public const string ModelFramework = "ml.model.framework";
        public const string PredictionId = "ml.prediction.id";
        public const string BatchSize = "ml.batch.size";
        public const string BatchRequests = "ml.batch.requests";
        public const string BatchId = "ml.batch.id";
        public const string BatchFirstRow = "ml.batch.first_row";
        public const string CacheHit = "ml.cache.hit";
        public const string FeatureService = "ml.feature_service";
        public const string FeatureView = "ml.feature_view";
        public const string Feature = "ml.feature";
        public const string FeatureStatus = "ml.feature.status";
        public const string Statistic = "ml.statistic";
        public const string PeerService = "peer.service";
        public const string PushSource = "ml.push_source";
        public const string DbSystemName = "db.system.name";
        public const string DbOperationName = "db.operation.name";
        public const string DbOperationBatchSize = "db.operation.batch.size";
        public const string Route = "ml.route";
        public const string Step = "ml.step";
        public const string Outcome = "ml.outcome";
        public const string Rows = "ml.rows";
        public const string HardwareId = "hw.id";
        public const string HardwareType = "hw.type";
        public const string HardwareModel = "hw.model";
        public const string HardwareVendor = "hw.vendor";
        public const string HttpMethod = "http.request.method";
        public const string HttpRoute = "http.route";
        public const string Quantile = "quantile";
        public const string GenAiOperationName = "gen_ai.operation.name";
        public const string GenAiProviderName = "gen_ai.provider.name";
        public const string GenAiRequestModel = "gen_ai.request.model";
        public const string GenAiTokenType = "gen_ai.token.type";
        public const string Currency = "currency";
        public const string Signal = "signal";
        public const string Sink = "sink";
        public const string Rule = "rule";
        public const string Reason = "reason";
    }

    /// <summary>What the services add to the one line of a request (<see cref="Logging.RequestFacts"/>).</summary>
    public static class Facts
    {
        public const string Model = "model";
        public const string ModelVersion = "model_version";
        public const string ModelAlias = "model_alias";
        public const string Arm = "arm";
        public const string FallbackFor = "fallback_for";
        public const string StaleShare = "stale_share";
        public const string Rows = "rows";
        public const string PredictionId = "prediction_id";
        public const string AuditIndex = "audit_index";
        public const string BatchId = "batch_id";
        public const string Device = "device";
        public const string ErrorType = "error_type";
        public const string PeerService = "peer_service";

        /// <summary>How long a step took, by the step's name: <c>audit.commit</c> is <c>audit_commit_seconds</c>.</summary>
        public static IReadOnlyDictionary<string, string> StepSeconds { get; } =
            new[] { Spans.Route, Spans.FeaturesFetch, Spans.Preprocess, Spans.Infer, Spans.Postprocess, Spans.AuditCommit }.ToFrozenDictionary(step => step, step => $"{step.Replace('.', '_')}_seconds");
    }

    public static class Events
    {
        /// <summary>Whether the event is written whatever is left out: it is all that is told of a request in which nothing happened.</summary>
        public static bool IsAlwaysTold(string? name) => name is RequestCompleted or InferenceCompleted;

        public const string ApplicationStarted = "application_started";
        public const string ApplicationStopping = "application_stopping";
        public const string InferenceCompleted = "inference_completed";
        public const string InferenceFailed = "inference_failed";
        public const string PredictionAnswered = "prediction_answered";
        public const string PredictionFailed = "prediction_failed";
        public const string PredictionEventsLost = "prediction_events_lost";
        public const string PredictionEventsBack = "prediction_events_back";
        public const string ShadowFailed = "shadow_failed";
        public const string PipelinesLoaded = "pipelines_loaded";
        public const string PipelineUnusable = "pipeline_unusable";
        public const string PipelinesUnrecorded = "pipelines_unrecorded";
        public const string AccessConfigured = "access_configured";
        public const string AuditOpened = "audit_opened";
        public const string AuditTorn = "audit_torn";
        public const string AuditSegmentSealed = "audit_segment_sealed";
        public const string AuditSegmentRemoved = "audit_segment_removed";
        public const string SubjectKeysFailed = "subject_keys_failed";
        public const string SubjectKeysResumed = "subject_keys_resumed";
        public const string AuditSealsUnsigned = "audit_seals_unsigned";
        public const string AuditSegmentNotKept = "audit_segment_not_kept";
        public const string CheckpointNotWritten = "checkpoint_not_written";
        public const string CheckpointSigned = "checkpoint_signed";
        public const string AuditFailed = "audit_failed";
        public const string AuditStalled = "audit_stalled";
        public const string AuditResumed = "audit_resumed";
        public const string AuditRecordsLost = "audit_records_lost";
        public const string AuditUnwitnessed = "audit_unwitnessed";
        public const string AuditRefused = "audit_refused";
        public const string StreamEntryUnreadable = "stream_entry_unreadable";
        public const string StreamLost = "stream_lost";
        public const string StreamBack = "stream_back";
        public const string StreamResumed = "stream_resumed";
        public const string CudaUnavailable = "cuda_unavailable";
        public const string ModelLoaded = "model_loaded";
        public const string ModelLoadFailed = "model_load_failed";
        public const string RepositoryUnreadable = "repository_unreadable";
        public const string LogRuleFired = "log_rule_fired";
        public const string LogRuleResolved = "log_rule_resolved";
        public const string LogRulesUnusable = "log_rules_unusable";
        public const string TrafficSpiked = "traffic_spiked";
        public const string TrafficSettled = "traffic_settled";
        public const string RolloutPromoted = "rollout_promoted";
        public const string RolloutRolledBack = "rollout_rolled_back";
        public const string RolloutPaused = "rollout_paused";
        public const string RolloutBlind = "rollout_blind";
        public const string AlertsUnreported = "alerts_unreported";
        public const string ServiceNotHealthy = "service_not_healthy";
        public const string ServiceHealthy = "service_healthy";
        public const string PanelsUnusable = "panels_unusable";
        public const string LowMemory = "low_memory";
        public const string ModelRan = "model_ran";
        public const string ModelUnloaded = "model_unloaded";
        public const string BatchingGivenUp = "batching_given_up";
        public const string QueueDelayNotKept = "queue_delay_not_kept";
        public const string RequestCompleted = "request_completed";
        public const string RequestRefused = "request_refused";
        public const string RequestFailed = "request_failed";
        public const string RequestNotServed = "request_not_served";
        public const string CallerWentAway = "caller_went_away";
        public const string StepCompleted = "step_completed";
        public const string LowDiskSpace = "low_disk_space";
        public const string LowProcessMemory = "low_process_memory";
        public const string ClockSkewed = "clock_skewed";
        public const string MachineRecovered = "machine_recovered";
        public const string VerboseRuleChanged = "verbose_rule_changed";
        public const string WorkerFailed = "worker_failed";
        public const string RedisLost = "redis_lost";
        public const string RedisBack = "redis_back";
        public const string FeatureViewFilled = "feature_view_filled";
        public const string MaterializeFailed = "materialize_failed";
        public const string RegistryLoaded = "registry_loaded";
        public const string RowsRefused = "rows_refused";
        public const string RegistryUnusable = "registry_unusable";
        public const string WritesOpen = "writes_open";
        public const string FeatureLogOpened = "feature_log_opened";
        public const string FeatureLogTorn = "feature_log_torn";
        public const string FeatureLogFailed = "feature_log_failed";
        public const string FeatureLogForgotten = "feature_log_forgotten";
        public const string FeatureLogApplied = "feature_log_applied";
        public const string FeatureLogUnapplied = "feature_log_unapplied";
        public const string FeatureLogUnknownSource = "feature_log_unknown_source";
        public const string FreshnessPoint = "freshness_point";
        public const string FreshnessMaxAge = "freshness_max_age";
        public const string FreshnessWritten = "freshness_written";
        public const string LeakChecked = "leak_checked";
        public const string LeakPriced = "leak_priced";
        public const string TrainDataRead = "train_data_read";
        public const string TrainFeaturesDay = "train_features_day";
        public const string TrainRowsBuilt = "train_rows_built";
        public const string TrainTrees = "train_trees";
        public const string TrainTrained = "train_trained";
        public const string TrainQuality = "train_quality";
        public const string TrainWritten = "train_written";
        public const string JobStopped = "job_stopped";
        public const string JobRefused = "job_refused";
        public const string JobFailed = "job_failed";
        public const string ReplayWarm = "replay_warm";
        public const string ReplayResumed = "replay_resumed";
        public const string ReplayNothingLeft = "replay_nothing_left";
        public const string ReplayLabelsLost = "replay_labels_lost";
        public const string ReplayProgress = "replay_progress";
        public const string ReplayDone = "replay_done";
        public const string ReplayPredictionsFailing = "replay_predictions_failing";
        public const string ReplayPredictionsBack = "replay_predictions_back";
        public const string ReplayLabelsRefused = "replay_labels_refused";
        public const string ReplayServiceAway = "replay_service_away";
        public const string ReplayServiceBack = "replay_service_back";
    }
}
