"""Figures of peers that are not measured here, as docs/benchmarks.md has them: from one session on another machine of the same kind
(2 virtual processors), 2026-11-22. They are shown as such and never mixed with measured ones in a ratio of medians."""

#: POST to the final status of two sample files, in seconds: Flask, Celery, RabbitMQ and Redis.
SEED_LATENCY_S = 0.912
#: Testruns of one file through the same.
SEED_TESTRUNS_PER_S = 3.11
#: All its processes together, in MB.
SEED_RSS = 490.0
#: No-op tasks end to end.
CELERY_PER_S = 436.0
#: No-op tasks of a prefilled queue, by batch; without a verdict's events.
APALIS_PER_S = {10: 2_403.0, 100: 5_890.0, 1_000: 8_763.0}
#: A fresh pytest process for a file of three tests, CPU seconds.
FRESH_PROCESS_CPU_S = 0.405
