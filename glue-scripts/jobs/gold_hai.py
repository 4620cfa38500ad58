"""Gold job: healthcare-associated infections from coded diagnoses. The work is in `metriccare_etl`."""

from metriccare_etl import jobs

if __name__ == "__main__":
    jobs.gold_main("hai")
