"""Gold job: unplanned readmissions within 30 days. The work is in `metriccare_etl`."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.gold_main("readmission")
