"""Bronze job: encounters of new raw files, as they came. The work is in `metriccare_etl`; `--dataset` says which."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.bronze_main()
