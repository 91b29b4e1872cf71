namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What the online store holds of one view at one moment of the walk.</summary>
internal interface IJoinedView
{
    /// <summary>Walks through a step, the next in the order of time: applies its events and computes the view's features of its rows.</summary>
    void Walk(JoinStep step);
}
